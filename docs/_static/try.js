'use strict';
addEventListener('DOMContentLoaded', () => {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => {
    const { theme } = document.body.dataset;
    const isDark = theme === 'dark' || (theme === 'auto' && prefersDark.matches);
    document.documentElement.classList.toggle('dark-mode', isDark);
  };
  follow();
  new MutationObserver(follow).observe(document.body, { attributeFilter: ['data-theme'] });
  const place = document.getElementById('console');
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.description,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    filter: true,
    persistAuthorization: false,
    requestSnippetsEnabled: true,
    validatorUrl: null,
  });
});
