"""The families of articles that the demo wholesaler sells. Data only; `assortment` reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Family(NamedTuple):
    """Articles that differ in their options only.

    Options are written `CODE label percent`, separated by commas; the percentage is of `cents`,
    the family's list price.
    """

    prefix: str
    name: str
    unit: str
    cents: int
    sizes: str
    variants: str = ""
    min_qty: int = 1
    multiple: int = 1


_LINEN = "WHT white 100, IVR ivory 104, BLK black 108, NVY navy 108"
_WHITE_GREY = "WHT white 100, GRY stone 122"
_STEEL = "CLS classic 100, HMR hammered 118, MBK matt black 145"
_KRAFT_WHITE = "KRF kraft 100, WHT white 97"
_SCENTS = "CIT citrus 100, LAV lavender 100"
_BOARDS = "RED red 100, GRN green 100, BLU blue 100, YEL yellow 100, WHT white 100"

# fmt: off
CATEGORIES: Mapping[str, Sequence[Family]] = {
    "Table linen": (
        Family("NAP-LIN", "Linen napkin", "box", 4100, "50 50 pcs 28, 200 200 pcs 100", _LINEN),
        Family("NAP-PAP", "Paper napkin, 2-ply", "case", 2890, "500 500 pcs 55, 1000 1000 pcs 100",
               "WHT white 100, KRF kraft 96, BLK black 112", 2, 2),
        Family("TBL-COT", "Cotton tablecloth", "piece", 1950,
               "132 132 × 132 cm 100, 180 180 × 180 cm 165, 240 240 cm round 230",
               "WHT white 100, IVR ivory 104, BLK black 108"),
        Family("RUN-JUT", "Jute table runner", "piece", 1240, "200 200 cm 100, 300 300 cm 140"),
    ),
    "Tableware": (
        Family("PLT-POR", "Porcelain plate", "dozen", 4680,
               "16 16 cm 62, 21 21 cm 80, 27 27 cm 100, 31 31 cm 135", _WHITE_GREY),
        Family("BWL-POR", "Porcelain bowl", "dozen", 4120,
               "12 12 cm 70, 16 16 cm 100, 22 22 cm 150", _WHITE_GREY),
        Family("CUP-POR", "Coffee cup with saucer", "set of 6", 2760,
               "ESP espresso 70, CAP cappuccino 100, LAT latte 125", _WHITE_GREY),
        Family("BRD-SLT", "Slate serving board", "piece", 1090,
               "30 30 × 20 cm 100, 40 40 × 30 cm 160"),
    ),
    "Glassware": (
        Family("GLS-WIN", "Wine glass", "glass", 385, "25 25 cl 88, 35 35 cl 100, 47 47 cl 120",
               "STD standard 100, CRY crystal 190", 6, 6),
        Family("GLS-TUM", "Tumbler", "glass", 210, "22 22 cl 90, 30 30 cl 100, 40 40 cl 120",
               "", 12, 12),
        Family("GLS-BEE", "Beer glass", "glass", 295, "30 30 cl 95, 50 50 cl 120", "", 12, 12),
        Family("GLS-CHA", "Champagne flute", "glass", 440, "17 17 cl 100, 21 21 cl 112", "", 6, 6),
    ),
    "Cutlery": (
        Family("CUT-FRK", "Table fork", "dozen", 2340, "18 18/10 steel 100", _STEEL),
        Family("CUT-KNF", "Table knife", "dozen", 3120, "18 18/10 steel 100", _STEEL),
        Family("CUT-SPN", "Table spoon", "dozen", 2340, "18 18/10 steel 100", _STEEL),
        Family("CUT-TSP", "Teaspoon", "dozen", 1480, "18 18/10 steel 100", _STEEL),
        Family("CUT-DFK", "Dessert fork", "dozen", 2120, "18 18/10 steel 100", _STEEL),
        Family("CUT-DSP", "Dessert spoon", "dozen", 2120, "18 18/10 steel 100", _STEEL),
        Family("CUT-STK", "Steak knife", "dozen", 3890, "PKW pakkawood 120, BLK black handle 100"),
    ),
    "Kitchen": (
        Family("PAN-FRY", "Frying pan, steel", "piece", 3950,
               "20 20 cm 72, 24 24 cm 86, 28 28 cm 100, 32 32 cm 128"),
        Family("POT-STK", "Stock pot with lid", "piece", 8900,
               "10 10 l 70, 20 20 l 100, 40 40 l 175"),
        Family("GNP", "Gastronorm pan", "piece", 2150,
               "065 65 mm 78, 100 100 mm 100, 150 150 mm 128",
               "11 GN 1/1 100, 12 GN 1/2 64, 13 GN 1/3 48"),
        Family("KNF-CHF", "Chef's knife", "piece", 5450,
               "15 15 cm 72, 20 20 cm 88, 25 25 cm 100, 30 30 cm 122"),
        Family("BRD-CUT", "Chopping board", "piece", 1780,
               "40 40 × 30 cm 100, 60 60 × 40 cm 165", _BOARDS),
        Family("TNG-STL", "Serving tongs", "piece", 620, "24 24 cm 90, 30 30 cm 100, 40 40 cm 125"),
    ),
    "Takeaway": (
        Family("CUP-HOT", "Hot cup, double wall", "case of 500", 4950,
               "08 8 oz 86, 12 12 oz 100, 16 16 oz 118", _KRAFT_WHITE, 2),
        Family("LID-HOT", "Lid for hot cups", "case of 1000", 3480, "80 80 mm 94, 90 90 mm 100"),
        Family("BOX-TGO", "Takeaway box", "case of 300", 5620,
               "S small 76, M medium 100, L large 124", "KRF kraft 100, SUG sugar cane 116"),
        Family("BAG-PAP", "Paper carrier bag", "case of 250", 4210,
               "S small 80, M medium 100, L large 130", _KRAFT_WHITE),
        Family("STR-PAP", "Paper straw", "box of 500", 980, "06 6 mm 100, 08 8 mm 112",
               "BLK black 100, STR striped 104"),
        Family("FLM-CLG", "Cling film", "roll", 890, "30 30 cm 80, 45 45 cm 100", "", 4, 4),
        Family("FOI-ALU", "Aluminium foil", "roll", 1240, "30 30 cm 82, 45 45 cm 100", "", 4, 4),
    ),
    "Cleaning and hygiene": (
        Family("CLN-DSH", "Dish detergent", "can", 2980, "01 1 l 18, 05 5 l 56, 10 10 l 100"),
        Family("CLN-FLR", "Floor cleaner", "can", 2450, "01 1 l 20, 05 5 l 60, 10 10 l 100"),
        Family("CLN-SAN", "Surface sanitiser", "can", 3290, "01 1 l 20, 05 5 l 62, 10 10 l 100"),
        Family("GLV-NIT", "Nitrile gloves", "box of 100", 1090,
               "S size S 100, M size M 100, L size L 100, XL size XL 106",
               "BLK black 104, BLU blue 100", 10, 10),
        Family("BAG-WST", "Waste bag", "roll of 25", 790,
               "060 60 l 80, 120 120 l 100, 240 240 l 165", "", 4),
        Family("TWL-BAR", "Bar towel", "pack", 1890, "12 12 pcs 100, 60 60 pcs 440",
               "WHT white 100, STR striped 106"),
        Family("APR-BIB", "Bib apron", "piece", 1420, "STD standard 100, LNG long 118",
               "BLK black 100, DEN denim 135, GRY grey 104"),
    ),
    "Hotel": (
        Family("AMN-SHM", "Shampoo, 30 ml", "carton", 4480, "100 100 pcs 40, 300 300 pcs 100",
               _SCENTS),
        Family("AMN-SOP", "Wrapped soap, 20 g", "carton", 3650, "250 250 pcs 60, 500 500 pcs 100",
               _SCENTS),
        Family("AMN-SLP", "Terry slippers", "carton of 100", 9800, "CLO closed 108, OPN open 100"),
        Family("SHT-PER", "Percale bed sheet", "piece", 2350,
               "SGL single 84, DBL double 100, KNG king 128", "WHT white 100, IVR ivory 104"),
        Family("PLW-DWN", "Down pillow", "piece", 3150, "50 50 × 70 cm 100, 80 80 × 80 cm 126"),
        Family("TWL-BTH", "Bath towel", "piece", 1180, "HND hand 52, BTH bath 100, SHT sheet 165",
               "450 450 g/m² 100, 600 600 g/m² 130", 4, 4),
        Family("ROB-WFL", "Waffle bathrobe", "piece", 3490,
               "M size M 98, L size L 100, XL size XL 106"),
    ),
    "Coffee and tea": (
        Family("COF-BEA", "Coffee beans", "case of 6 kg", 9480,
               "HSE house blend 100, ESP espresso 108, DEC decaf 122, ORG organic 136"),
        Family("TEA-BAG", "Tea bags", "case of 500", 4120,
               "BLK black 100, GRN green 106, MNT mint 98, CHM chamomile 102"),
        Family("SUG-STK", "Sugar sticks", "box of 1000", 1180, "WHT white 100, BRN brown 112"),
        Family("SYR-COF", "Coffee syrup, 75 cl", "bottle", 690,
               "VAN vanilla 100, CAR caramel 100, HAZ hazelnut 106", "", 6, 6),
    ),
}
# fmt: on
