// "Run it here": a button below each example that Python in the page can run, as it stands.
// Nothing is loaded before the first press.
(() => {
  const WORKER = new URL("run-worker.js", document.currentScript.src)
  const NEEDED = ["Worker", "WebAssembly", "TransformStream"]
  // Seconds without a sign of life, after which nobody waits any longer.
  const PATIENCE = 60
  let worker, isLoaded, timer
  // What was pressed and has not ended, in the order in which the worker takes it.
  const pressed = []

  function press(example) {
    const lacking = NEEDED.find((name) => !(name in window))
    if (lacking) {
      example.say(`Python cannot run in this browser, which has no ${lacking}. Copy the example and run it in the sandbox.`)
      return
    }
    if (!worker) {
      try {
        worker = new Worker(WORKER, { type: "module" })
      } catch (error) {
        // A page that was opened as a file, say.
        example.say(`Python cannot run in this page: ${error.message}. Copy the example and run it in the sandbox.`)
        return
      }
      worker.onmessage = hear
      worker.onerror = () => stop("Python could not be loaded. Are you online?")
      isLoaded = false
    }
    pressed.push(example)
    example.begin(isLoaded ? "Running …" : "Loading Python into this page, once …")
    worker.postMessage(example.message())
    wait()
  }

  function hear({ data }) {
    const [example] = pressed
    if ("loaded" in data) {
      pressed.forEach((each) => each.show(data.loaded))
    } else if (data.began) {
      isLoaded = true
      example.begin("Running …")
    } else if ("lost" in data) {
      stop(isLoaded ? `Python broke down: ${data.lost}.` : `Python could not be loaded: ${data.lost}. Are you online?`)
    } else {
      pressed.shift()
      example.end(data)
    }
    wait()
  }

  function wait() {
    clearTimeout(timer)
    if (pressed.length) timer = setTimeout(stop, PATIENCE * 1000, `Stopped: nothing came for ${PATIENCE} seconds.`)
  }

  // What else was pressed has to begin anew, in another worker.
  function cancel(example) {
    const others = pressed.filter((each) => each !== example)
    stop("Stopped.")
    others.forEach(press)
  }

  function stop(why) {
    worker.terminate()
    worker = null
    for (const example of pressed.splice(0)) example.say(why)
    clearTimeout(timer)
  }

  function make(tag, text = "", attributes = {}) {
    const element = document.createElement(tag)
    element.textContent = text
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
    return element
  }

  function offer(block) {
    const place = make("div", "", { class: "run" })
    const button = make("button", "Run it here", { type: "button" })
    const progress = make("progress", "", { "aria-label": "How much of Python is loaded", hidden: "" })
    const told = make("div", "", { role: "status" })

    const tell = (label, ...parts) => {
      button.textContent = label
      delete button.dataset.busy
      progress.hidden = true
      told.replaceChildren(...parts)
    }
    const printed = (label, text) => {
      // What may scroll has to be reached to be scrolled.
      const lines = make("pre", "", { tabindex: "0" })
      lines.append(make("code", text))
      return text ? [make("p", label), lines] : []
    }
    const example = {
      message: () => ({
        folder: new URL(block.dataset.python, document.baseURI).href,
        name: block.dataset.run,
        program: block.querySelector("code").textContent,
      }),
      begin(what) {
        button.textContent = "Stop"
        button.dataset.busy = ""
        progress.hidden = true
        told.replaceChildren(make("p", what))
      },
      show(share) {
        progress.hidden = false
        progress.value = share
        if (share === 1) told.replaceChildren(make("p", "Starting Python …"))
      },
      say(why) {
        tell("Run it here", make("p", why))
      },
      end({ ok, out, err }) {
        const parts = [...printed("Printed here:", out), ...printed("Written to stderr:", err)]
        if (!ok) parts.unshift(make("p", "It failed."))
        tell("Run it again", ...(parts.length ? parts : [make("p", "It ran, and printed nothing.")]))
      },
    }
    button.onclick = ({ detail }) => {
      // The second click of a double click would stop what the first one began.
      if (detail < 2) (pressed.includes(example) ? cancel : press)(example)
    }
    place.append(button, progress, told)
    block.append(place)
  }

  document.querySelectorAll("[data-run]").forEach(offer)
})()
