// What Material's own script leaves unsaid to those who read by ear or work by keyboard.
const article = document.querySelector("article")

document.querySelector(".md-search")?.setAttribute("aria-label", "Search")

function mend() {
  // Each copy button comes in a landmark of its own: dozens on a page, all of one name.
  for (const nav of article.querySelectorAll("nav.md-code__nav:not([role])")) {
    nav.setAttribute("role", "none")
  }
  // What scrolls has to be reached to be scrolled.
  for (const box of article.querySelectorAll(".md-typeset__scrollwrap, .doc-module p")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
  }
}

mend()
new MutationObserver(mend).observe(article, { childList: true, subtree: true })
