// Reloads the page when the guide was built again. Only `make serve` serves this file.
{
  const { href, search } = new URL(document.currentScript.src)
  const address = href.replace("reload.js", "next")
  let asking

  // One open request of each page that is seen: a browser has six for a host.
  async function follow() {
    asking?.abort()
    const own = (asking = new AbortController())
    while (!document.hidden && !own.signal.aborted) {
      try {
        const build = await (await fetch(address, { signal: own.signal })).text()
        if (`?${build}` !== search) return location.reload()
      } catch {
        // Nothing is served at the moment.
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
    }
  }

  document.addEventListener("visibilitychange", follow)
  follow()
}
