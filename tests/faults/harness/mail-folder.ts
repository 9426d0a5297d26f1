import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { english } from '../../../packages/mail/src/templates/en.ts'

/** One mail that tells somebody of a document: what kind it is of, by its words, and the document's name. */
type FolderMail = { readonly mailId: string; readonly to: string; readonly what: string; readonly name: string }

const kinds = new Map(Object.entries(english.values['what'] ?? {}).map(([kind, words]) => [words, kind]))

/** The mails of a folder that tell of documents, but those that were seen before. Others, as of a new device, are passed over. */
export async function readMails(dir: string, seen: Set<string>): Promise<FolderMail[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.eml') && !seen.has(name)) // the first mail makes the folder
  const mails: FolderMail[] = []
  for (const name of names) {
    seen.add(name)
    const mail = parse(await readFile(join(dir, name), 'utf8'))
    if (mail !== null) mails.push({ mailId: name.slice(0, -'.eml'.length), ...mail })
  }
  return mails
}

/** Lines that quoted-printable broke are put together, and the word joiners taken out that keep a name from being a link. */
function parse(raw: string): Omit<FolderMail, 'mailId'> | null {
  const text = raw.replaceAll('=\r\n', '').replaceAll('=E2=81=A0', '').replaceAll('\u2060', '')
  const [, to] = /^To: <?([^<>\s]+)>?\r$/m.exec(text) ?? []
  const [, words, name] = /there is something for you\. ([^:\r\n]+): (\S+)\r$/m.exec(text) ?? []
  const what = kinds.get(words ?? '')
  return to === undefined || name === undefined || what === undefined ? null : { to, what, name }
}
