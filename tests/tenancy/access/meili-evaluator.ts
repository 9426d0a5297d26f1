/** An entry of an index: what its attributes hold. */
type Entry = Readonly<Record<string, string | readonly string[]>>
type Test = (entry: Entry) => boolean

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|(\(|\)|\[|\]|,|!=|=)|([A-Za-z_][\w.]*))/y

function tokensOf(filter: string): { text: string; quoted: boolean }[] {
  const tokens: { text: string; quoted: boolean }[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < filter.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(filter)
    if (match === null) throw new SyntaxError(`no filter from position ${at}: ${filter.slice(at, at + 20)}`)
    const [, quoted, sign, word] = match
    tokens.push(quoted === undefined ? { text: sign ?? word ?? '', quoted: false } : { text: quoted.replace(/\\(.)/g, '$1'), quoted: true })
  }
  return tokens
}

/**
 * Whether an entry meets a filter, by the grammar of Meilisearch's filter expressions as far as equality goes: `=`, `!=`, `IN`, `NOT`, `AND`, `OR` and
 * parentheses; of an attribute that holds a list, one value must meet it. An empty filter matches everything, as it does there.
 */
export function evaluator(filter: string): Test {
  const tokens = tokensOf(filter)
  if (tokens.length === 0) return () => true
  let at = 0
  const peek = (word: string): boolean => tokens[at]?.quoted === false && tokens[at]?.text === word
  const take = (word: string): void => {
    if (!peek(word)) throw new SyntaxError(`expected ${word} at token ${at} of ${filter}`)
    at += 1
  }
  const value = (): string => {
    const token = tokens[at++]
    if (token === undefined || (!token.quoted && /^[()[\],=]|^!=$/.test(token.text))) throw new SyntaxError(`expected a value at token ${at - 1} of ${filter}`)
    return token.text
  }
  const holds = (attribute: string, wanted: readonly string[]): Test => (entry) => {
    const held = entry[attribute] ?? []
    return (typeof held === 'string' ? [held] : held).some((one) => wanted.includes(one))
  }
  const condition = (): Test => {
    const attribute = value()
    if (peek('IN')) {
      at += 1
      take('[')
      const wanted: string[] = []
      while (!peek(']')) {
        wanted.push(value())
        if (!peek(']')) take(',')
      }
      take(']')
      return holds(attribute, wanted)
    }
    const differs = peek('!=')
    take(differs ? '!=' : '=')
    const met = holds(attribute, [value()])
    return differs ? (entry) => !met(entry) : met
  }
  const factor = (): Test => {
    if (peek('NOT')) {
      at += 1
      const negated = factor()
      return (entry) => !negated(entry)
    }
    if (!peek('(')) return condition()
    at += 1
    const inner = either()
    take(')')
    return inner
  }
  const both = (): Test => {
    const parts = [factor()]
    for (; peek('AND'); parts.push(factor())) at += 1
    return (entry) => parts.every((part) => part(entry))
  }
  const either = (): Test => {
    const parts = [both()]
    for (; peek('OR'); parts.push(both())) at += 1
    return (entry) => parts.some((part) => part(entry))
  }
  const whole = either()
  if (at !== tokens.length) throw new SyntaxError(`something behind the end of ${filter}`)
  return whole
}
