// The form of an edit shows only the fields that the chosen act needs; without scripts it shows all.
(function () {
  "use strict";
  const form = document.querySelector("form.edit");
  if (!form) return;
  function fit() {
    const chosen = form.querySelector('input[name="action"]:checked');
    form.querySelectorAll("[data-for]").forEach((part) => {
      part.hidden = Boolean(chosen) && !part.dataset.for.split(" ").includes(chosen.value);
    });
  }
  form.addEventListener("change", fit);
  fit();
  const wrong = form.querySelector('[aria-invalid="true"]');
  if (wrong) wrong.focus();
})();
