/** A value by its path. What is not in it, no template may name. */
export type Values = ReadonlyMap<string, string>

const PLACE = /\{\{([^{}]*)\}\}/g

/**
 * Puts values in the places `{{path}}`, once: what a value says is never read as a place. Throws for a path that is not allowed, whatever else
 * stands between the braces.
 */
export function fill(words: string, values: Values, encode: (value: string) => string = (value) => value): string {
  return words.replace(PLACE, (_place, path: string) => {
    const value = values.get(path)
    if (value === undefined) throw new Error(`a template names {{${path}}}, which is not among its values`)
    return encode(value)
  })
}

/**
 * Readers of mail make links of whatever looks like one, so that a name could lead away from here in a mail that is ours. A word joiner (U+2060, which is
 * not shown) behind each sign that a link needs keeps a name what it is.
 */
export const defuse = (value: string): string => value.replace(/[.:/@\\](?=\S)/g, '$&\u2060')

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** As text and as a quoted attribute of HTML. */
export const escapeHtml = (value: string): string => value.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
