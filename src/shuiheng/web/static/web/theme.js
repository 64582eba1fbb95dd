// Runs before the page is drawn, so that a chosen look does not flash. Without it the system decides.
(function () {
  "use strict";
  try {
    var theme = localStorage.getItem("shuiheng.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (error) { /* storage may be forbidden; the system's look is used */ }
  document.documentElement.dataset.js = "1";
})();
