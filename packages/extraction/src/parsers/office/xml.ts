import { Parser } from 'htmlparser2'

export type XmlHandlers = {
  /** Names come without prefix (`w:p` is `p`), attributes too unless two of an element share a name. */
  open?(name: string, attributes: Record<string, string>): void
  close?(name: string): void
  text?(text: string): void
}

const chunkBytes = 262_144

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/**
 * Walks XML without building a tree. Entities other than the five of XML and numbers stay as they are: none is ever declared, fetched or
 * expanded, so there is no bomb and no external reference. Damaged XML gives what can be read.
 */
export function walkXml(xml: Buffer, handlers: XmlHandlers): void {
  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (handlers.open === undefined) return
      const local: Record<string, string> = {}
      for (const key in attributes) {
        const short = localName(key)
        local[short in local ? key : short] = attributes[key] ?? ''
      }
      handlers.open(localName(name), local)
    },
    onclosetag: (name) => handlers.close?.(localName(name)),
    ontext: (text) => handlers.text?.(text),
  }, { xmlMode: true, decodeEntities: true, recognizeSelfClosing: true })
  const wide = (xml[0] === 0xff && xml[1] === 0xfe) || (xml[0] === 0x3c && xml[1] === 0)
  const decoder = new TextDecoder(wide ? 'utf-16le' : xml[0] === 0xfe && xml[1] === 0xff ? 'utf-16be' : 'utf-8')
  for (let at = 0; at < xml.length; at += chunkBytes) parser.write(decoder.decode(xml.subarray(at, at + chunkBytes), { stream: true }))
  parser.end(decoder.decode())
}
