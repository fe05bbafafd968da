// Before anything is drawn: the colours that the reader chose. furo.js keeps the choice.
'use strict';
document.body.dataset.theme = localStorage.getItem('theme') || 'auto';
