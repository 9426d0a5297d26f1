import { bulletIn, type Bullets } from './slide-lists.ts'
import { walkXml } from './xml.ts'

/** How a master marks the paragraphs of text, by level. */
export function bodyBullets(master: Buffer): Bullets {
  const bullets: Bullets = new Map()
  let [inBody, level] = [false, -1]
  walkXml(master, {
    open: (name, attributes) => {
      if (name === 'bodyStyle') inBody = true
      const found = /^lvl([1-9])pPr$/.exec(name)
      if (found !== null) level = Number(found[1]) - 1
      const bullet = inBody && level >= 0 ? bulletIn(name, attributes) : undefined
      if (bullet !== undefined) bullets.set(level, bullet)
    },
    close: (name) => { if (name === 'bodyStyle') inBody = false },
  })
  return bullets
}
