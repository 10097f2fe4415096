// Judges pages with Lighthouse as a phone sees them, and prints what it found as JSON:
// `node bench/lighthouse.mjs CHROME CATEGORIES TIMES ADDRESS…`.
import * as launcher from "chrome-launcher"
import lighthouse from "lighthouse"

const [chromePath, categories, times, ...addresses] = process.argv.slice(2)
const chrome = await launcher.launch({
  chromePath,
  chromeFlags: [
    "--headless",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
})
const found = addresses.map(() => [])
try {
  for (let round = 0; round < Number(times); round++) {
    for (const [place, address] of addresses.entries()) {
      const { lhr } = await lighthouse(address, {
        port: chrome.port,
        onlyCategories: categories.split(","),
        logLevel: "error",
      })
      found[place].push(lhr)
    }
  }
} finally {
  chrome.kill()
}
process.stdout.write(JSON.stringify(found))
