// Conveniences only: the pages work without this file.
(() => {
  'use strict';

  const copy = async (button, text) => {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(await text());
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not copied';
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  };

  const makeButton = (label, text) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = label;
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', () => copy(button, text));
    return button;
  };

  if (!navigator.clipboard) return; // needs https, or this machine

  for (const block of document.querySelectorAll('.highlight > pre')) {
    block.parentElement.append(makeButton('Copy', () => block.innerText.replace(/^\$ /gm, '')));
  }

  for (const link of document.querySelectorAll('a[data-copy-page]')) {
    link.before(makeButton('Copy page', async () => (await fetch(link.href)).text()), ' ');
  }
})();
