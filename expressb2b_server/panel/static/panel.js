// Everything works without this file; it only spares some typing.
"use strict";

function addCopyButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent.trim());
    button.textContent = "Copied";
    window.setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.parentElement.insertBefore(button, block.nextSibling);
}

if (navigator.clipboard) {
  document.querySelectorAll("[data-copy]").forEach(addCopyButton);
}
