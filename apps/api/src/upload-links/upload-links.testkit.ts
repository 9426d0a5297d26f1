import { createHash } from 'node:crypto'

export type File = readonly [name: string, bytes: string | Buffer]
export type Fields = { pass?: string; submission?: string; name?: string; email?: string }

/** As a browser sends the form: fields first. */
export function formOf(files: readonly File[], fields: Fields = {}): FormData {
  const form = new FormData()
  for (const [key, value] of Object.entries(fields)) form.set(key, value)
  for (const [name, bytes] of files) form.append('file', new Blob([Buffer.from(bytes)]), name)
  return form
}

const read = async (response: Response) => ({ status: response.status, text: await response.text(), headers: response.headers })
export type Seen = Awaited<ReturnType<typeof read>>

export const send = async (url: string, files: readonly File[], fields: Fields = {}, headers: Record<string, string> = {}): Promise<Seen> =>
  read(await fetch(url, { method: 'POST', body: formOf(files, fields), headers }))
export const look = async (url: string, headers: Record<string, string> = {}): Promise<Seen> => read(await fetch(url, { headers }))
/** A form as it stands in these bytes, also where they are no whole one. */
export const sendRaw = async (url: string, body: string): Promise<Seen> => read(await fetch(url, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body }))

/** What a form says of itself in a hidden field. */
export const hidden = (text: string, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? ''
export const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Of a link that tests make. */
export const linkDefaults = { title: 'Your papers', note: '', days: 7, kinds: null, maxFiles: 20, maxFileBytes: 1_000_000, maxTotalBytes: 5_000_000 }
