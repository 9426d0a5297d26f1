type Holder = Record<PropertyKey, unknown>

const isHolder = (value: unknown): value is Holder => (typeof value === 'object' && value !== null) || typeof value === 'function'
/** The values of the language and of Node that all code shares; a parser that is talked into changing one changes what every later file meets. */
const names = [
  'globalThis', 'Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'RegExp', 'Date', 'Promise', 'Proxy', 'Reflect',
  'JSON', 'Math', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ArrayBuffer',
  'SharedArrayBuffer', 'DataView', 'Uint8Array', 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array', 'Float32Array',
  'Float64Array', 'WebAssembly', 'Buffer', 'TextDecoder', 'TextEncoder', 'URL', 'Intl', 'parseInt', 'parseFloat',
]

function holders(): Holder[] {
  const found = new Set<Holder>()
  for (const name of names) {
    const value: unknown = Reflect.get(globalThis, name)
    if (!isHolder(value)) continue
    found.add(value)
    if (isHolder(value['prototype'])) found.add(value['prototype'])
  }
  // Prototypes without a name: of typed arrays, of iterators and of generators.
  for (const value of [new Uint8Array(), [][Symbol.iterator](), new Map().entries(), new Set().values(), (function* () {})(), (async () => {})]) {
    for (let next: unknown = Object.getPrototypeOf(value); isHolder(next); next = Object.getPrototypeOf(next)) found.add(next)
  }
  return [...found]
}

function shapeOf(holder: Holder): Map<PropertyKey, unknown[]> {
  return new Map(Reflect.ownKeys(holder).map((key) => {
    const { value, get, set } = Object.getOwnPropertyDescriptor(holder, key) ?? {}
    return [key, [value, get, set]]
  }))
}

/** Remembers what all code shares; the answer tells whether it is still the same. */
export function watchIntrinsics(): () => boolean {
  // Node's HTTP client marks `globalThis` when it is first looked for, which libraries do within the first file.
  Reflect.get(globalThis, 'Response')
  const named = names.map((name): unknown => Reflect.get(globalThis, name))
  const shapes = holders().map((holder) => [holder, shapeOf(holder)] as const)
  const { ownKeys, get, getOwnPropertyDescriptor, apply } = Reflect
  // Taken now: afterwards these might be somebody else's.
  const lookUp = Map.prototype.get
  const same = Object.is
  return () => {
    for (let at = 0; at < names.length; at += 1) if (get(globalThis, names[at] ?? '') !== named[at]) return false
    for (let at = 0; at < shapes.length; at += 1) {
      const [holder, before] = shapes[at] as (typeof shapes)[number]
      const keys = ownKeys(holder)
      if (keys.length !== before.size) return false
      for (let index = 0; index < keys.length; index += 1) {
        const key = keys[index] as PropertyKey
        const was = apply(lookUp, before, [key]) as unknown[] | undefined
        const is = getOwnPropertyDescriptor(holder, key)
        if (was === undefined || is === undefined || !same(was[0], is.value) || was[1] !== is.get || was[2] !== is.set) return false
      }
    }
    return true
  }
}
