import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IntelliDocsError } from '@intellidocs/client'
import { errorTable, type Answer, type Claim, type DocumentId, type ErrorCode, type VersionId } from '@intellidocs/contracts'
import { freePort } from '@intellidocs/kernel'
import { documentLabel, parseQueries } from './batch-search.ts'
import { createAnswerPrinter } from './commands/ask.ts'
import { safeFileName } from './commands/download.ts'
import { valueOf } from './commands/set.ts'
import { describeFailure } from './failure.ts'
import { formatBytes, formatTable, printable } from './output.ts'
import { runCli } from './run.testkit.ts'
import { withRetries } from './retry.ts'
import { createSettingsStore, settingsDir } from './settings.ts'
import { describeState, describeWarnings } from './states.ts'
import { countByKind, reportLine } from './verify/report.ts'

let dir: string
beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-')) })
afterAll(() => rm(dir, { recursive: true }))
const away = () => ({ XDG_CONFIG_HOME: dir, INTELLIDOCS_URL: 'http://127.0.0.1:1' })

describe('exit codes', () => {
  test.each([
    [['serch', 'words']], [['ls', '--nonsense']], [['ls', '--limit', '0']], [['ls', '--state', 'odd']],
    [['search']], [['ask']], [['search', '--limit', '101', 'x']], [['search', '--batch', 'f']], [['download']],
    [['login', '--password-stdin', '--api-key-stdin']], [[]],
  ])('%j is called wrongly: 2, a sentence on stderr, nothing on stdout', async (args) => {
    const ran = await runCli(args, { env: away() })
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).not.toBe('')
  })

  test.each([[['ls']], [['whoami']], [['search', 'words']], [['ask', 'who', 'pays']], [['show', 'x']], [['doctor']]])('%j fails where no server answers: 1', async (args) => {
    expect(await runCli(args, { env: away() })).toMatchObject({ code: 1 })
  })

  test('at a terminal, too, a question fails where no server answers', async () => {
    const env = { ...away(), INTELLIDOCS_URL: `http://127.0.0.1:${await freePort()}` }
    expect(await runCli(['ask', 'who', 'pays'], { env, answers: [] })).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('did not answer') })
  })

  test('help and version are 0 and on stdout', async () => {
    expect(await runCli(['--help'], { env: away() })).toMatchObject({ code: 0, stdout: expect.stringContaining('ingest') })
    expect(await runCli(['download', '--help'], { env: away() })).toMatchObject({ code: 0, stdout: expect.stringContaining('--version <n>') })
    expect(await runCli(['--version'], { env: away() })).toMatchObject({ code: 0, stdout: '0.1.0\n' })
  })

  test('an interrupted command is 130', () => {
    expect(describeFailure(new DOMException('stopped', 'AbortError')).exitCode).toBe(130)
    expect(describeFailure(new IntelliDocsError('aborted', { code: 'ABORTED' })).exitCode).toBe(130)
  })
})

test.each([
  ['', null], ['true', true], ['false', false], ['True', 'True'], ['0', 0], ['-12.50', -12.5], ['007', '007'], ['1e5', '1e5'], ['1,5', '1,5'],
  ['123456789012345', 123456789012345], ['1234567890123456', '1234567890123456'], ['"12"', '12'], ['""', ''], ['"', '"'], ['due on 5', 'due on 5'],
])('the value %j of a field is %j', (given, value) => {
  expect(valueOf(given)).toBe(value)
})

describe('an answer', () => {
  const claim = (text: string, page: number, quote = text) => ({
    text, page, quote, name: 'lease\u202e.pdf', documentId: 'd' as DocumentId, versionId: 'v' as VersionId, version: 1, span: { start: 0, end: quote.length }, boxes: [],
  })

  const printed = (answer: Pick<Answer, 'kind' | 'claims'>, heard: readonly Claim[] = []): string[] => {
    const lines: string[] = []
    const printer = createAnswerPrinter((line = '') => lines.push(line))
    for (const one of heard) printer.claim(one)
    lines.push('—')
    printer.end(answer)
    return lines
  }
  const [tenant, may, all] = [claim('The tenant\u001b[2J.', 2, 'the\ntenant'), claim('In May.', 1, 'in May'), claim('All of it.', 2, 'all')]
  const sources = ['', '[1] lease\ufffd.pdf, page 2', '    “the tenant”', '    “all”', '[2] lease\ufffd.pdf, page 1', '    “in May”']

  test('a page is one source, however often it is quoted, and nothing of it drives the terminal', () => {
    expect(printed({ kind: 'model', claims: [tenant, may, all] })).toEqual(['—', 'The tenant\ufffd[2J. [1]', 'In May. [2]', 'All of it. [1]', ...sources])
  })

  test('what was heard as it came is not said again, whatever the connection did', () => {
    expect(printed({ kind: 'model', claims: [tenant, may, all] }, [tenant, may, tenant])).toEqual(['The tenant\ufffd[2J. [1]', 'In May. [2]', '—', 'All of it. [1]', ...sources])
  })

  test('what does not hold any more is told without its name', () => {
    expect(printed({ kind: 'model', claims: [may] }, [tenant, may])).toEqual(['The tenant\ufffd[2J. [1]', 'In May. [2]', '—', '', '[1] is not part of the answer any more.', '[2] lease\ufffd.pdf, page 1', '    “in May”'])
  })

  test('sentences of documents are not repeated below, and no answer is said to be none', () => {
    expect(printed({ kind: 'extract', claims: [claim('The tenant pays.', 2)] })).toEqual(['—', 'The tenant pays. [1]', '', '[1] lease\ufffd.pdf, page 2'])
    expect(printed({ kind: 'nothing', claims: [] })).toEqual(['—', 'Nothing that you may read answers this.'])
  })
})

describe('what went wrong', () => {
  const refused = (appCode: ErrorCode, details?: unknown): string =>
    describeFailure(new IntelliDocsError(errorTable[appCode].message, { code: errorTable[appCode].http, appCode, details })).message

  test.each([
    ['auth.required', undefined, 'You are not signed in, or your sign-in or API key is over: "intellidocs login".'],
    ['org.required', undefined, 'Name the organization with --org, or choose one with "intellidocs orgs use".'],
    ['auth.forbidden', { permission: 'orgs:delete' }, `${errorTable['auth.forbidden'].message} It takes orgs:delete, which owners alone hold.`],
    ['auth.forbidden', { permission: 'members:read', via: 'apiKey' },
      'This API key lacks members:read; its owner can make one that holds it, as far as they hold it themselves.'],
    ['quota.exceeded', { meter: 'documents', used: 100, limit: 100, plan: 'free', resetsAt: '2026-12-01T00:00:00.000Z', askRoles: ['owner'] },
      `${errorTable['quota.exceeded'].message} Of documents, 100 of 100 are used on the plan free. It begins anew on 2026-12-01. Whoever is owner of the organization can change its plan.`],
    ['plan.feature', { feature: 'customRoles', plan: 'free', askRoles: ['owner'] },
      `${errorTable['plan.feature'].message} Whoever is owner of the organization can change its plan.`],
    ['input.invalid', { issues: [{ path: 'password', message: 'At least 8 characters.' }] }, 'The input is not valid. password: At least 8 characters.'],
  ] as const)('%s %j is said as somebody at a terminal can act on it', (code, details, sentence) => { expect(refused(code, details)).toBe(sentence) })

  test('a file that was named and is not there is a sentence of its own', async () => {
    const missing = join(dir, 'none.jsonl')
    expect(await runCli(['audit', 'verify', missing], { env: away() })).toMatchObject({ code: 1, stderr: `intellidocs: ${missing} is not there.\n` })
  })
})

describe('--json', () => {
  test.each([[['ls', '--json']], [['ls', '--nonsense', '--json']], [['search', '--json']], [['doctor', '--json']], [['watch', '--bad', '--json']]])(
    '%j prints exactly one JSON value on stdout, failures included', async (args) => {
      const ran = await runCli(args, { env: away() })
      expect(ran.stdout.trim().split('\n')).toHaveLength(1)
      expect(ran.json()).toBeTypeOf('object')
      expect(ran.code).not.toBe(0)
    })

  test('a failure says the code of the error table and the id to look for in the log', () => {
    const error = new IntelliDocsError('There is no such document.', { code: 'NOT_FOUND', appCode: 'document.not_found', requestId: 'r-1' })
    expect(describeFailure(error).error).toMatchObject({ code: 'document.not_found', requestId: 'r-1', message: 'There is no such document.' })
  })
})

describe('the token', () => {
  test('stands in a file and folder of its owner alone, also where they were open before', async () => {
    const place = join(dir, 'open')
    const store = createSettingsStore(place)
    const write = () => store.change((settings) => { settings.installations['http://a'] = { token: 'secret', org: null, email: null } })
    await write()
    await chmod(place, 0o755)
    await chmod(join(place, 'config.json'), 0o644)
    await write()
    expect([await stat(place), await stat(join(place, 'config.json'))].map((facts) => facts.mode & 0o777)).toEqual([0o700, 0o600])
  })

  test('a settings file that is none is a sentence, and is not written over', async () => {
    const env = { XDG_CONFIG_HOME: join(dir, 'broken') }
    const store = createSettingsStore(settingsDir(env))
    await store.change(() => undefined)
    await writeFile(join(store.dir, 'config.json'), 'mine')
    expect(await runCli(['ls'], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('sign in again') })
    expect(await readFile(join(store.dir, 'config.json'), 'utf8')).toBe('mine')
  })

  test('a password is asked for at a terminal only; elsewhere the option that gives it is named', async () => {
    const ran = await runCli(['login', '--email', 'a@example.org'], { env: away() })
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('--password-stdin') })
  })
})

test('a question stays in sight while it is answered', async () => {
  const { stderr } = await runCli(['login'], { env: away(), answers: ['ada@example.org', 'word'] })
  // Behind the last time that the line was wiped.
  expect(stderr.slice(0, stderr.indexOf('Password: ')).split('\u001b[0J').at(-1)).toContain('E-mail: ')
})

describe('what strangers wrote', () => {
  test.each([
    ['a\u001b[31mb', 'a\ufffd[31mb'], ['a\u202etxt.exe', 'a\ufffdtxt.exe'], ['tab\tand\nline', 'tab and line'], ['Prüfung 🚀', 'Prüfung 🚀'],
  ])('%j cannot drive the terminal', (text, shown) => { expect(printable(text)).toBe(shown) })

  test.each([
    ['report.pdf', 'report.pdf'], ['../../etc/passwd', '__.._etc_passwd'], ['.bashrc', '_bashrc'], ['a/b\\c', 'a_b_c'], ['CON', '_CON'],
    ['nul.txt', '_nul.txt'], ['x\u0000y', 'x_y'], ['', '_'], ['..', '_'], ['Übersicht 🚀.md', 'Übersicht 🚀.md'],
  ])('%j is saved as a plain name', (name, saved) => {
    expect(safeFileName(name)).toBe(saved)
    expect(safeFileName(name)).not.toMatch(/[/\\]|^\.|^$/)
  })
})

describe('a batch', () => {
  test('reads the usual spellings and skips blank lines', () => {
    const text = '{"id": "1", "text": "a"}\n\n{"_id": 2, "text": "b", "more": 1}\r\n{"qid": "3", "query": "c"}\n'
    expect(parseQueries(text)).toEqual([{ id: '1', text: 'a' }, { id: '2', text: 'b' }, { id: '3', text: 'c' }])
  })

  test('names the line that is none', () => {
    expect(() => parseQueries('{"id": "1", "text": "a"}\n{"id": "2"}')).toThrow('Line 2')
  })

  test.each([
    ['471.txt', '471'], ['a.b.txt', 'a.b'], ['plain', 'plain'], ['with\ttab.md', 'with tab'],
  ])('%j stands for itself as %j', (name, label) => {
    expect(documentLabel({ name, documentId: 'id-1' as never }, 'name')).toBe(label)
    expect(documentLabel({ name, documentId: 'id-1' as never }, 'id')).toBe('id-1')
  })
})

describe('trying again', () => {
  const busy = new IntelliDocsError('busy', { code: 'TOO_MANY_REQUESTS', appCode: 'rate.limited', details: { retryAfterMs: 0 } })
  const never = new AbortController().signal

  test('what may pass is repeated, and the answer is the last one', async () => {
    let calls = 0
    expect(await withRetries(async () => { if (++calls < 4) throw busy; return 'done' }, never)).toBe('done')
    expect(calls).toBe(4)
  })

  test('a refusal is not repeated', async () => {
    let calls = 0
    const refused = withRetries(async () => { calls += 1; throw new IntelliDocsError('no', { code: 'FORBIDDEN' }) }, never)
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(calls).toBe(1)
  })

  test('it ends some time', async () => {
    let calls = 0
    await expect(withRetries(async () => { calls += 1; throw busy }, never)).rejects.toBe(busy)
    expect(calls).toBe(8)
  })
})

test('sizes, tables and states read as people write them', () => {
  expect([0, 1023, 1536, 5_000_000, 3 * 1024 ** 3].map(formatBytes)).toEqual(['0 B', '1023 B', '1.5 KB', '4.8 MB', '3.0 GB'])
  expect(formatTable([['a', 'bb', 'c'], ['\u001b[31maaa\u001b[39m', 'b', '']])).toEqual(['a    bb  c', '\u001b[31maaa\u001b[39m  b   '])
  expect(describeState({ state: 'processing', reason: null, progress: { stage: 'ocr', pagesDone: 3, pages: 12 } })).toBe('processing (ocr 3/12)')
  expect(describeState({ state: 'failed', reason: 'corrupt', progress: { stage: null, pagesDone: 0, pages: null } })).toBe('failed: corrupt')
})

test('warnings are sentences that name pages, languages and files', () => {
  const warnings = [
    { reason: 'ocr_failed' as const, pages: [{ from: 3, to: 3 }], names: [] }, { reason: 'low_confidence' as const, pages: [{ from: 1, to: 2 }, { from: 9, to: 9 }], names: [] },
    { reason: 'ocr_language_missing' as const, pages: [], names: ['deu'] }, { reason: 'attachment_unreadable' as const, pages: [], names: ['a\u001b[31m.zip'] },
  ]
  expect(describeWarnings({ warnings })).toEqual([
    'Page 3: The text in the image could not be recognized.', 'Pages 1–2, 9: The text was recognized with little certainty.',
    'There is no data here to recognize this language. (deu)', expect.not.stringContaining('\u001b'),
  ])
})

test('the line of verify names every kind of difference once', () => {
  const differences = [{ kind: 'stuck', orgId: 'o', subject: 'v' }, { kind: 'stuck', orgId: 'o', subject: 'w' }] as const
  const line = reportLine({ documents: 3, searchable: 2, blobs: 3, events: 9 }, countByKind(differences))
  expect(line).toBe('documents=3 searchable=2 unpublished=0 dup_hits=0 | blobs=3 orphan_blobs=0 missing_blobs=0 sha_mismatch=0 | ' +
    'pages_missing=0 passages_missing=0 words_missing=0 vectors_missing=0 stale_passages=0 stale_words=0 | ' +
    'events=9 missing=0 double_events=0 double_usage=0 parked=0 | unreadable=0 no_run=0 open_run=0 stuck=2 | lost_decision=0 double_decision=0 double_steps=0')
})
