// Runs a Python file of this project in the Python of the pages, under Node:
// `node pyodide.mjs PROJECT FILE [ARGUMENT …]`, with the project's folder at /project.
import { loadPyodide } from "pyodide"

const [folder, file, ...rest] = process.argv.slice(2)
const python = await loadPyodide({ args: ["python", ...rest] })
python.mountNodeFS("/project", folder)
try {
  python.runPython(`import runpy; runpy.run_path("/project/${file}", run_name="__main__")`)
} catch (error) {
  // By itself Node would show the line of Pyodide that threw it, a megabyte long.
  console.error(error.message)
  process.exitCode = 1
}
