import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FolderId, Locale } from '@intellidocs/contracts'
import { StorageError, type BlobStore } from '@intellidocs/storage'
import type { TestOrg } from '@intellidocs/testing'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wideLimits } from '../people.testkit.ts'
import { openLinks, readAs, type Links } from '../share-links/share-links.testkit.ts'
import { words as ofShares } from '../share-links/words.ts'
import { linkDefaults } from '../upload-links/upload-links.testkit.ts'
import { words as ofUploads } from '../upload-links/words.ts'
import { findBrowser, findingsIn, startBrowser } from './browser.testkit.ts'

describe.runIf(findBrowser())('in a browser, everybody can use', () => {
  let house: Links
  let browser: Browser
  let a: TestOrg
  let folderId: FolderId
  let full = false
  const filling = (blobs: BlobStore): BlobStore => {
    const unless = <T>(work: () => Promise<T>): Promise<T> => (full ? Promise.reject(new StorageError('full', 'no space is left')) : work())
    return { ...blobs, open: (...given) => unless(() => blobs.open(...given)), put: (...given) => unless(() => blobs.put(...given)) }
  }
  const few = { points: 2, seconds: 3_600 }
  beforeAll(async () => {
    const { attempts } = wideLimits
    house = await openLinks({ wrapBlobs: filling, rateLimits: { ...wideLimits, attempts: { ...attempts, shareOpen: { ...attempts.shareOpen, pair: few }, uploadLink: { ...attempts.uploadLink, pair: few } } } })
    browser = await startBrowser()
    a = await house.org()
    folderId = (await house.documents.folders.create(a.owner, { name: 'For the auditors', parentId: null })).id
  })
  afterAll(async () => {
    await browser.close()
    await house.close()
  })

  type Input = Parameters<Links['link']>[1]
  const share = async (to: Input): Promise<string> => (await house.link(a.owner, to)).url
  const document = async (more: object = {}) => share({ documentId: await house.upload(a.owner), version: null, ...more })
  async function upload(more: object = {}): Promise<string> {
    const { url } = await house.api.api.modules.intake.requests.create(a.owner, { ...linkDefaults, folderId, note: 'Both sides, please', ...more })
    return house.api.url + new URL(url).pathname
  }
  const press = (page: Page): Promise<void> => page.locator('main button').first().click()
  async function opened(page: Page, url: string): Promise<void> {
    await page.goto(url)
    await press(page)
  }
  async function report(): Promise<string> {
    const documentId = await house.upload(a.owner, { name: 'Report.pdf', text: await readFile(join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'annual-report-2025.pdf')) })
    await house.rows("update document_version set mime = 'application/pdf', pages = 5, state = 'ready' where document_id = $1", [documentId])
    return share({ documentId, version: null, note: 'As agreed', expiresAt: new Date(Date.now() + 86_400_000).toISOString() })
  }
  const text = (name: string, words: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(words) })
  async function handIn(page: Page, url: string, files: readonly ReturnType<typeof text>[]): Promise<void> {
    await page.goto(url)
    await page.locator('input[type=file]').setInputFiles([...files])
    await press(page)
  }

  type Kind = readonly [what: string, open: (page: Page) => Promise<unknown>, heading: (locale: Locale) => string]
  const shares: readonly Kind[] = [
    ['what asks to be opened', async (page) => page.goto(await document()), (l) => ofShares[l].asked],
    ['what asks for a password', async (page) => page.goto(await document({ password: 'correct horse' })), (l) => ofShares[l].asked],
    ['a password that was wrong', async (page) => {
      await page.goto(await document({ password: 'correct horse' }))
      await page.locator('#password').fill('wrong horse')
      await press(page)
    }, (l) => ofShares[l].asked],
    ['what asks for an address', async (page) => page.goto(await document({ emails: ['ada@example.org'] })), (l) => ofShares[l].asked],
    ['what asks for a code and a password', async (page) => {
      await page.goto(await document({ emails: ['ada@example.org'], password: 'correct horse' }))
      await page.locator('#email').fill('ada@example.org')
      await press(page)
    }, (l) => ofShares[l].asked],
    ['a document with pictures', async (page) => {
      await opened(page, await report())
      await page.getByRole('navigation').getByRole('link').click()
      await page.waitForURL(/page=2$/)
      expect(await page.evaluate("document.querySelector('img').naturalWidth > 0")).toBe(true)
    }, () => 'Report.pdf'],
    ['a document without pictures', async (page) => opened(page, await document()), () => 'Lease.txt'],
    ['the words of a document', async (page) => {
      const documentId = await house.upload(a.owner, { name: 'Minutes.docx' })
      await readAs(house, documentId, { mime: 'application/msword', language: 'en', pages: ['All who were there', 'And what they said'] })
      await opened(page, await share({ documentId, version: null, download: false }))
      expect(await page.locator('.mark').count()).toBe(2)
    }, () => 'Minutes.docx'],
    ['a folder', async (page) => {
      await house.upload(a.owner, { name: 'Inside.txt', folderId })
      await opened(page, await share({ folderId, note: 'All of it' }))
    }, () => 'For the auditors'],
    ['a folder below a folder', async (page) => {
      const { id } = await house.documents.folders.create(a.owner, { name: `Below ${Math.random()}`, parentId: folderId })
      await house.documents.folders.create(a.owner, { name: 'Deeper', parentId: id })
      await opened(page, await share({ folderId }))
      await page.goto(`${page.url()}/f/${id}`)
      expect(await page.getByRole('link').count()).toBe(2)
    }, () => 'Below'],
    ['a folder with nothing in it', async (page) => {
      const { id } = await house.documents.folders.create(a.owner, { name: `Empty ${Math.random()}`, parentId: null })
      await opened(page, await share({ folderId: id }))
      expect(await page.locator('main li').count()).toBe(0)
    }, () => 'Empty'],
    ['a document of a folder', async (page) => {
      await house.upload(a.owner, { name: 'Inside.txt', folderId })
      await opened(page, await share({ folderId }))
      await page.locator('main li a').filter({ hasText: 'Inside.txt' }).first().click()
    }, () => 'Inside.txt'],
    ['a link that opens nothing', (page) => page.goto(`${house.api.url}/s/${'x'.repeat(43)}`), (l) => ofShares[l].gone],
    ['too many tries', async (page) => {
      const url = await document({ password: 'correct horse' })
      for (let n = 0; n <= few.points; n += 1) {
        await page.goto(url)
        await page.locator('#password').fill('wrong horse')
        await press(page)
      }
    }, (l) => ofShares[l].limited],
    ['a failure', async (page) => {
      await opened(page, await document())
      full = true
      await page.goto(await page.evaluate<string>("document.querySelector('a[download]').href"))
    }, (l) => ofShares[l].failed],
  ]
  const uploads: readonly Kind[] = [
    ['what asks for a password', async (page) => page.goto(await upload({ password: 'open sesame' })), (l) => ofUploads[l].asked],
    ['a password that was wrong', async (page) => {
      await page.goto(await upload({ password: 'open sesame' }))
      await page.locator('#password').fill('open barley')
      await press(page)
    }, (l) => ofUploads[l].asked],
    ['the form', async (page) => page.goto(await upload({ kinds: ['pdf', 'image'] })), () => linkDefaults.title],
    ['the receipt of all that was sent', async (page) => handIn(page, await upload(), [text('a.txt', 'one'), text('b.txt', 'two')]), (l) => ofUploads[l].received],
    ['the receipt of a part of it', async (page) => handIn(page, await upload({ maxFiles: 1 }), [1, 2, 3].map((n) => text(`${n}.txt`, `${n}`))), (l) => ofUploads[l].received],
    ['a form of which nothing was taken', async (page) => handIn(page, await upload({ kinds: ['pdf'] }), [text('a.txt', 'one')]), (l) => ofUploads[l].nothing],
    ['a link that takes nothing', (page) => page.goto(`${house.api.url}/r/${'x'.repeat(43)}`), (l) => ofUploads[l].gone],
    ['too many tries', async (page) => { for (let n = 0; n <= few.points; n += 1) await page.goto(`${house.api.url}/r/${'y'.repeat(43)}`) }, (l) => ofUploads[l].limited],
    ['a failure', async (page) => {
      const url = await upload()
      full = true
      await handIn(page, url, [text('a.txt', 'one')])
    }, (l) => ofUploads[l].failed],
    ['a form of another page', async (page) => {
      await page.goto('about:blank')
      await page.setContent(`<form method="post" enctype="multipart/form-data" action="${await upload()}"><main><button>Send</button></main></form>`)
      await press(page)
    }, (l) => ofUploads[l].foreign],
  ]

  describe.each([['en', 'en-GB'], ['pt', 'pt-PT']] as const)('in %s', (locale, asked) => {
    let page: Page
    beforeAll(async () => { page = await (await browser.newContext({ locale: asked, viewport: { width: 390, height: 800 } })).newPage() })
    /** As axe-core sees it; that it is the page that was meant is told by its heading. */
    async function look([, open, heading]: Kind): Promise<void> {
      try {
        await open(page)
      } finally {
        full = false
      }
      expect([await page.locator('html').getAttribute('lang'), await page.locator('h1').textContent()]).toEqual([locale, expect.stringContaining(heading(locale))])
      expect(await findingsIn(page)).toEqual([])
    }
    test.each(shares)('of a public link: %s', (...kind) => look(kind))
    test.each(uploads)('of an upload request: %s', (...kind) => look(kind))
  })
})
