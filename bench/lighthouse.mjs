// Judges pages with Lighthouse as a phone sees them, and prints what it found as JSON:
// `node bench/lighthouse.mjs CHROME FLAGS CATEGORIES TIMES ADDRESS…`, the flags as JSON.
import * as launcher from "chrome-launcher"
import lighthouse from "lighthouse"

const [chromePath, flags, categories, times, ...addresses] = process.argv.slice(2)
const chrome = await launcher.launch({
  chromePath,
  chromeFlags: ["--headless", "--no-sandbox", ...JSON.parse(flags)],
})

// On a busy machine a run may miss something, and says so by giving no score.
async function judge(address) {
  for (let attempt = 1; ; attempt++) {
    const { lhr } = await lighthouse(address, {
      port: chrome.port,
      onlyCategories: categories.split(","),
      logLevel: "error",
    })
    const complete = Object.values(lhr.categories).every(({ score }) => score !== null)
    if (complete || attempt === 3) return lhr
  }
}

const found = addresses.map(() => [])
try {
  for (let round = 0; round < Number(times); round++) {
    for (const [place, address] of addresses.entries()) {
      found[place].push(await judge(address))
    }
  }
} finally {
  chrome.kill()
}
process.stdout.write(JSON.stringify(found))
