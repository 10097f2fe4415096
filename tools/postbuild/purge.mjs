// Removes from a style sheet, read from standard input, what no file of the site in FOLDER can use:
// `node purge.mjs FOLDER`.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { PurgeCSS } from "purgecss"

const folder = process.argv[2]
const paths = readdirSync(folder, { recursive: true })
  .filter((path) => /\.(html|js|json)$/.test(path) && !path.startsWith("search"))
  .map((path) => join(folder, path))
const words = (content) => content.match(/[\w-]+/g) ?? []
// A script adds the end of such a name, as in `admonition--${kind}`.
const prefixes = paths
  .filter((path) => path.endsWith(".js"))
  .flatMap((path) => words(readFileSync(path, "utf-8")))
  .filter((word) => /\w--$/.test(word))

const [{ css }] = await new PurgeCSS().purge({
  content: paths,
  css: [{ raw: await text(process.stdin) }],
  defaultExtractor: words,
  safelist: [...new Set(prefixes)].map((prefix) => new RegExp(`^${prefix}`)),
  variables: true,
})
process.stdout.write(css)
