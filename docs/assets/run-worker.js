// Python beside the page, so that the page stays alive: loads it once, then runs what the page sends.
// The smallest module there is: where a policy forbids WebAssembly, this says so, and Pyodide waits.
const NOTHING = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)
let python

onmessage = async ({ data: { folder, name, program } }) => {
  try {
    python ??= load(folder)
    const { runExample, before } = await python
    postMessage({ began: true })
    const told = runExample([...(before[name] ?? []), program])
    const [ok, out, err] = told.toJs()
    told.destroy()
    postMessage({ ok, out, err })
  } catch (error) {
    postMessage({ lost: error.message })
  }
}

async function load(folder) {
  await WebAssembly.compile(NOTHING)
  const [{ loadPyodide }, manifest] = await Promise.all([import(`${folder}pyodide.mjs`), get(`${folder}manifest.json`)])
  const { sizes, before } = await manifest.json()
  const total = Object.values(sizes).reduce((sum, size) => sum + size)
  let loaded = 0
  const count = (chunk, out) => {
    loaded += chunk.length
    postMessage({ loaded: loaded / total })
    out.enqueue(chunk)
  }
  const loading = new Promise((_, reject) => {
    // Pyodide asks by this name, tells nobody how far it is, and waits for ever where nothing comes.
    self.fetch = async (address) => {
      try {
        const { body, headers } = await get(address)
        return new Response(body.pipeThrough(new TransformStream({ transform: count })), {
          headers: { "Content-Type": headers.get("Content-Type") },
        })
      } catch (error) {
        reject(error)
        throw error
      }
    }
  })
  const libraries = fetch(`${folder}libraries.zip`).then((answer) => answer.arrayBuffer())
  const pyodide = await Promise.race([loadPyodide({ indexURL: folder }), loading])
  pyodide.unpackArchive(await libraries, "zip")
  const runExample = pyodide.pyimport("runner").run_example
  return { before, runExample: (programs) => runExample(pyodide.toPy(programs)) }
}

const ask = self.fetch
async function get(address) {
  const answer = await ask(address)
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`)
  return answer
}
