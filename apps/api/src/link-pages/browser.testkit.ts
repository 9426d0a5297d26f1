import { existsSync } from 'node:fs'
import { env, stderr } from 'node:process'
import axe from 'axe-core'
import { chromium, type Browser, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable']
const installed = places.find((path) => existsSync(path)) ?? null

/** Whether there is a browser to test with. Without one it is said aloud that nothing is tested, which a complete run of all tests does not take for an answer. */
export function findBrowser(): boolean {
  if (installed !== null) return true
  stderr.write('\n*** NOT TESTED HERE: whether everybody can use the pages of links. There is no Chromium; Debian: apt-get install chromium\n\n')
  if (env['CI'] === '1') throw new Error('a complete run of the tests needs Chromium')
  return false
}

export function startBrowser(): Promise<Browser> {
  if (installed === null) throw new Error('there is no Chromium')
  // Its own sandbox takes rights that containers lack; it opens our own pages alone.
  return chromium.launch({ executablePath: installed, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
}

const everything = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, resultTypes: ['violations'] }
const colours = { runOnly: { type: 'rule', values: ['color-contrast'] }, resultTypes: ['violations'] }

/** What axe-core finds in the page as it stands, in light colours and in dark ones: each rule that is broken, with where. */
export async function findingsIn(page: Page): Promise<string[]> {
  const run = async (options: object): Promise<string[]> => {
    const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(document, ${JSON.stringify(options)})`)
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  }
  // By the debugger, which the policy of the page, under which no script runs, does not bind.
  await page.evaluate(axe.source)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await run(everything)
  await page.emulateMedia({ colorScheme: 'dark' })
  return [...light, ...(await run(colours)).map((found) => `dark, ${found}`)]
}
