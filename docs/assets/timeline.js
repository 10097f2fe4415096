// The choices on “How restore works”. The build asked the client and the sandbox about every one
// of them; this looks their answers up and shows them, and knows nothing of restores itself.
const root = document.querySelector("[data-choices]")

function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

// A group of radio buttons, of which `chosen` is on; `choose` is told which one is from then on.
function group(name, legend, entries, chosen, choose) {
  const labels = entries.map(([value, text]) => {
    const input = make("input", { type: "radio", name, value, checked: value === chosen })
    input.addEventListener("change", () => choose(value))
    return make("label", {}, input, text)
  })
  return make("fieldset", {}, make("legend", { textContent: legend }), ...labels)
}

function list(items) {
  return make("ul", {}, ...items.map((item) => make("li", { textContent: item })))
}

function start(data) {
  const branches = Object.keys(data.branches)
  const now = { branch: branches[0], source: branches[0], stop: data.start, command: 0 }

  const asked = make("div", { className: "choices-asked" })
  const drawing = make("div")
  drawing.append(...root.childNodes)
  const slider = make("input", { type: "range", max: data.stops.length - 1, value: now.stop })
  slider.setAttribute("aria-label", "Point in time")
  slider.style.setProperty("--first", data.track[0])
  slider.style.setProperty("--last", data.track[1])
  const point = make("p", { className: "choices-point" })
  const says = make("div")
  const outcome = make("div", { className: "choices-outcome" })
  const offered = make("div")
  const copy = make("button", { type: "button", className: "md-code__button" })
  copy.title = "Copy to clipboard"
  // Material's own script copies what this names.
  Object.assign(copy.dataset, { clipboardTarget: "#choices-code code", mdType: "copy" })
  const buttons = make("nav", { className: "md-code__nav", role: "none" }, copy)

  function ask() {
    const sources = data.branches[now.branch]
    asked.replaceChildren(
      group("branch", "Restore", branches.map((name) => [name, name]), now.branch, (branch) => {
        // Its own history stays its own history.
        now.source = now.source === now.branch ? branch : now.branch
        now.branch = branch
        ask()
        asked.querySelector(`[name="branch"][value="${branch}"]`).focus()
        show()
      }),
      group("source", "From", sources, now.source, (source) => {
        now.source = source
        show()
      }),
    )
  }

  function table(answer) {
    const cell = (tag, text) => make(tag, { textContent: text })
    const head = ["Database", "Now", "Then"].map((text) => cell("th", text))
    const rows = answer.databases.map((texts) => make("tr", {}, ...texts.map((t) => cell("td", t))))
    const whole = [make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)]
    // In the box that the theme puts around the tables of pages, which can be reached and scrolled.
    const box = make("div", { className: "md-typeset__scrollwrap" })
    box.append(make("div", { className: "md-typeset__table" }, make("table", {}, ...whole)))
    return box
  }

  function facts(answer) {
    const found = [
      ["Leaves the branch", answer.leaves ?? ["nothing"]],
      ["Kept as a backup branch", [answer.keeps]],
      ["Moves to the backup branch", answer.moves ?? ["no child branch"]],
      ["Schema that changes", answer.schema],
      ["Stays behind", answer.stays],
    ]
    return found.filter(([, items]) => items?.length).flatMap(([term, items]) => [
      make("dt", { textContent: term }),
      make("dd", {}, items.length > 1 ? list(items) : items[0]),
    ])
  }

  function offer() {
    const commands = data.commands[`${now.branch}/${now.source}`]
    const block = make("div", { id: "choices-code" })
    const fill = () => {
      block.innerHTML = commands[now.command][1].replaceAll(data.place, data.stops[now.stop][0])
      block.querySelector("pre").prepend(buttons)
      // What scrolls has to be reached to be scrolled.
      const code = block.querySelector("code")
      if (code.scrollWidth > code.clientWidth) code.tabIndex = 0
    }
    const entries = commands.map(([label], index) => [String(index), label])
    offered.replaceChildren(
      group("command", "The command for it", entries, String(now.command), (index) => {
        now.command = Number(index)
        fill()
      }),
      block,
    )
    fill()
  }

  function show() {
    const answer = data.answers[`${now.branch}/${now.source}`][now.stop]
    const [, called] = data.stops[now.stop]
    drawing.innerHTML = data.pictures[answer.picture]
    slider.setAttribute("aria-valuetext", called)
    point.textContent = `Point in time: ${called}`
    if (answer.refused) {
      const title = make("p", { className: "admonition-title", textContent: "Refused" })
      const lines = answer.refused.map((line) => make("p", { textContent: line }))
      says.replaceChildren(make("div", { className: "admonition failure" }, title, ...lines))
      outcome.replaceChildren()
      offered.replaceChildren()
    } else {
      says.replaceChildren(make("p", {}, make("strong", { textContent: answer.says })))
      outcome.replaceChildren(table(answer), make("dl", {}, ...facts(answer)))
      offer()
    }
  }

  slider.addEventListener("input", () => {
    now.stop = slider.valueAsNumber
    show()
  })
  const picture = make("div", { className: "choices-picture" }, drawing, slider)
  const told = make("div", { className: "choices-told" }, point, says, outcome)
  root.replaceChildren(asked, picture, told, offered)
  root.classList.add("choices")
  ask()
  show()
  // From now on a change of it is read aloud; what stands there at first is not.
  says.role = "status"
}

// What few readers come to is not loaded before they are near it.
new IntersectionObserver(
  async (seen, observer) => {
    if (!seen.some((entry) => entry.isIntersecting)) return
    observer.disconnect()
    const answers = await fetch(new URL("../pictures/choices.json", import.meta.url)).catch(() => null)
    // Without them the picture stays, as it does without scripts.
    if (answers?.ok) start(await answers.json())
  },
  { rootMargin: "100% 0%" },
).observe(root)
