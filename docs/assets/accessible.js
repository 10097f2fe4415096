// What Material's own script leaves unsaid to those who read by ear or work by keyboard.
const article = document.querySelector("article")

// Some browsers bring back an open drawer with a page that is loaded again. A link may open the search.
const asks = new URLSearchParams(location.search).has("q")
for (const toggle of document.querySelectorAll("[data-md-toggle]")) {
  if (toggle.dataset.mdToggle !== "search" || !asks) toggle.checked = false
}

document.querySelector(".md-search")?.setAttribute("aria-label", "Search")

const SCROLLS = ".md-typeset__scrollwrap, .doc-module p, .doc-signature code, pre > code"
// What scrolls has to be reached to be scrolled. Told after the layout, so that nothing forces one.
function reach(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
}
const boxes = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)))
// A font that comes late widens what a box holds, and not the box.
document.fonts.ready.then(() => article.querySelectorAll(SCROLLS).forEach(reach))

function mend() {
  // Each copy button comes in a landmark of its own: dozens on a page, all of one name.
  for (const nav of article.querySelectorAll("nav.md-code__nav:not([role])")) {
    nav.setAttribute("role", "none")
  }
  for (const box of article.querySelectorAll(SCROLLS)) boxes.observe(box)
}

mend()
new MutationObserver(mend).observe(article, { childList: true, subtree: true })

// Before the focus moves, so that it moves to where things stay.
addEventListener("keydown", function byKeyboard({ key }) {
  if (key !== "Tab") return
  document.documentElement.toggleAttribute("data-by-keyboard", true)
  removeEventListener("keydown", byKeyboard)
})
