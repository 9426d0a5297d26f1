import type { Random } from '@intellidocs/testing'

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth)

/** Texts that are no JSON, hardly JSON, or JSON that nobody expects. */
const texts: readonly ((random: Random) => string)[] = [
  () => '', () => '{', () => 'null', () => '[]', () => '"x"', () => 'NaN', () => '\u0000', () => '\ufeff{}', () => '{"a":1,}', () => "{'a':1}",
  () => '{"id":1e400}', () => '9'.repeat(5000), () => `{"limit":${'9'.repeat(400)}}`, () => '-0', () => '{"id":-1.5e-300}',
  () => nested(20_000, '[', ']'), () => nested(5000, '{"a":', '}').replace(/\}/, '1}'), () => nested(30, '[', ']'),
  () => '{"__proto__":{"admin":true}}', () => '{"constructor":{"prototype":{"x":1}}}', () => '{"0":{"__proto__":{"polluted":1}}}',
  () => '{"toString":1,"valueOf":2,"then":3}', () => `{"${'k'.repeat(30_000)}":1}`, () => '{"a":"\\ud800"}', () => '{"a":"\\u0000"}',
  (random) => `{"name":"${'x'.repeat(random.int(0, 39_999))}"}`, (random) => random.bytes(random.int(0, 599)).toString('latin1'),
  (random) => JSON.stringify({ [random.pick(['name', 'id', 'cursor', 'limit', 'query'])]: random.pick([null, true, [], {}, -1, 2 ** 53, 'x', { a: 1 }, ['x']]) }),
]
export const hostileText = (random: Random): string => random.pick(texts)(random)

export const procedures = [
  'auth.me', 'auth.signIn', 'orgs.list', 'orgs.create', 'documents.list', 'documents.get', 'documents.pages', 'documents.folders.create', 'documents.update',
  'documents.moveTo', 'search.query', 'notifications.stream', 'users.apiKeys.create', 'users.apiKeys.list', 'no.such.procedure', '__proto__', 'constructor',
  'documents.__proto__', 'documents.constructor.name', '', '.', '..', 'a'.repeat(3000), 'documents.list,documents.list', '%00',
] as const
