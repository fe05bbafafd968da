'use strict';
addEventListener('DOMContentLoaded', () => {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.classList.toggle('dark-mode', isDark);
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
