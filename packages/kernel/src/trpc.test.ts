import { permissions, rolePermissions, roles, type OrgId, type Role, type UserId } from '@intellidocs/contracts'
import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { noSource, type Actor } from './actor.ts'
import { AppError } from './app-error.ts'
import { assertAllAuthorized, may, open } from './authz.ts'
import type { Arrival, RequestContext } from './context.ts'
import { createLog } from './log.ts'
import { createCallerFactory, orgProcedure, publicProcedure, readProcedure, router, userProcedure } from './trpc.ts'

const person = { userId: '0193f0c2-0000-7000-8000-000000000001' as UserId, platformAdmin: false, requestId: 'r1', source: noSource }
const actorOf = (role: Role): Actor => ({
  kind: 'user', userId: person.userId, orgId: '0193f0c2-0000-7000-8000-0000000000aa' as OrgId, role,
  permissions: new Set(rolePermissions[role]), principals: [], requestId: 'r1', source: noSource,
})

function context(over: Partial<RequestContext> = {}) {
  const lines: Record<string, unknown>[] = []
  const counted: string[] = []
  const ctx: RequestContext = {
    requestId: 'r1', log: createLog({ level: 'debug', name: 'test', write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }),
    person: null, actor: null, via: null, sessionToken: null, orgRequested: null, ip: '192.0.2.1', setCookie: () => undefined,
    countCall: async ({ path }) => { counted.push(path) }, stillValid: async () => [], ...over,
  }
  return { ctx, lines, counted }
}

const app = router({
  open: publicProcedure.meta(open).input(z.strictObject({ name: z.string().min(2), deep: z.object({ n: z.int() }).optional() }))
    .query(({ input }) => input.name),
  mine: userProcedure.query(({ ctx }) => ctx.person.userId),
  ours: orgProcedure.meta(may('documents', 'read')).query(({ ctx }) => ctx.actor.role),
  naked: orgProcedure.query(() => 'never'),
  read: readProcedure.meta(may('documents', 'create')).query(async ({ ctx: { reader } }) => {
    if (reader.kind === 'arriving') await reader.admit({ seen: true })
    return reader.kind
  }),
  careless: readProcedure.meta(may('documents', 'read')).query(() => 'everything'),
  broken: publicProcedure.meta(open).query(() => { throw new Error('password of the database is hunter2') }),
  away: publicProcedure.meta(open).query(() => { throw Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' }) }),
  restarted: publicProcedure.meta(open).query(() => {
    throw Object.assign(new Error('Raw query failed'), { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '57P01' } } } })
  }),
  gone: publicProcedure.meta(open).query(() => { throw new AppError('document.not_found', { cause: new Error('row 7 is of org B') }) }),
  full: publicProcedure.meta(open).query(() => { throw new AppError('storage.full', { details: { free: 0 } }) }),
  wrongOutput: publicProcedure.meta(open).output(z.strictObject({ a: z.string() })).query(() => Object.assign({ a: 'x' }, { secret: 'hunter2' })),
  stream: publicProcedure.meta(open).subscription(async function* () {
    yield 1
    throw new Error('hunter2 in a stream')
  }),
})
const caller = (ctx: RequestContext) => createCallerFactory(app)(ctx)

type Sent = { status: number; error: { message: string; data: { details: unknown } } }

/** What a client would be sent for this call, over HTTP. */
async function sent(path: string, ctx: RequestContext, input?: unknown): Promise<Sent> {
  const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
  const response = await fetchRequestHandler({ endpoint: '/trpc', req: new Request(`http://localhost/trpc/${path}${query}`), router: app,
    createContext: () => ctx })
  const body = await response.json() as { error: { message: string; data: { details: unknown } } }
  return { status: response.status, error: body.error }
}

describe('who may call', () => {
  test('nobody signed in is told to sign in', async () => {
    const { ctx } = context()
    await expect(caller(ctx).mine()).rejects.toMatchObject({ code: 'UNAUTHORIZED', cause: { code: 'auth.required' } })
    await expect(caller(ctx).ours()).rejects.toMatchObject({ code: 'UNAUTHORIZED', cause: { code: 'auth.required' } })
  })

  test('without an organization, and with one that is not theirs, a person does not get in', async () => {
    await expect(caller(context({ person }).ctx).ours()).rejects.toMatchObject({ cause: { code: 'org.required' } })
    await expect(caller(context({ person, orgRequested: 'other' }).ctx).ours())
      .rejects.toMatchObject({ code: 'NOT_FOUND', cause: { code: 'org.not_found' } })
    expect(await caller(context({ person }).ctx).mine()).toBe(person.userId)
  })

  test('a read looks at the caller who is known, or else asks who was found, by the same rules', async () => {
    const arriving = (found: Pick<RequestContext, 'person' | 'actor'>, over: Partial<RequestContext> = {}) => {
      const seen: unknown[] = []
      const arrival: Arrival = { lookup: { name: 'l', text: 'select', values: [] }, identify: async (row) => { seen.push(row); return found } }
      return { seen, call: () => caller(context({ arrival, ...over }).ctx).read() }
    }
    expect(await caller(context({ person, actor: actorOf('editor') }).ctx).read()).toBe('user')
    await expect(caller(context({ person, actor: actorOf('viewer') }).ctx).read()).rejects.toMatchObject({ cause: { code: 'auth.forbidden' } })
    await expect(caller(context().ctx).read()).rejects.toMatchObject({ cause: { code: 'auth.required' } })

    const editor = arriving({ person, actor: actorOf('editor') })
    expect([await editor.call(), editor.seen]).toEqual(['arriving', [{ seen: true }]])
    await expect(arriving({ person, actor: actorOf('viewer') }).call()).rejects.toMatchObject({ cause: { code: 'auth.forbidden' } })
    await expect(arriving({ person: null, actor: null }).call()).rejects.toMatchObject({ cause: { code: 'auth.required' } })
    await expect(arriving({ person, actor: null }).call()).rejects.toMatchObject({ cause: { code: 'org.required' } })
    await expect(arriving({ person, actor: null }, { orgRequested: 'other' }).call()).rejects.toMatchObject({ cause: { code: 'org.not_found' } })
  })

  test('a read that answers without having asked who calls gives nothing away', async () => {
    const arrival: Arrival = { lookup: { name: 'l', text: 'select', values: [] }, identify: async () => ({ person, actor: actorOf('owner') }) }
    await expect(caller(context({ arrival }).ctx).careless()).rejects.toMatchObject({ cause: { code: 'internal' } })
  })

  test('an organization procedure that names no permission is refused even to the owner', async () => {
    await expect(caller(context({ person, actor: actorOf('owner') }).ctx).naked()).rejects.toMatchObject({ cause: { code: 'internal' } })
  })

  test.each(roles.flatMap((role) => permissions.map((permission) => ({ role, permission, held: rolePermissions[role].includes(permission) }))))(
    '$role and $permission: $held',
    async ({ role, permission, held }) => {
      const [resource, action] = permission.split(':')
      let ran = false
      const one = router({ it: orgProcedure.meta({ authz: { resource: resource ?? '', action: action ?? '' } }).mutation(() => { ran = true }) })
      const [outcome] = await Promise.allSettled([createCallerFactory(one)(context({ person, actor: actorOf(role) }).ctx).it()])
      expect(outcome).toMatchObject(held ? { status: 'fulfilled' }
        : { status: 'rejected', reason: { code: 'FORBIDDEN', cause: { code: 'auth.forbidden' } } })
      expect(ran).toBe(held)
    },
  )

  test('every call is counted, and one over the limit does not run', async () => {
    const { ctx, counted } = context()
    await caller(ctx).open({ name: 'ab' })
    expect(counted).toEqual(['open'])
    const limited = context({ countCall: () => Promise.reject(new AppError('rate.limited')) })
    await expect(caller(limited.ctx).open({ name: 'ab' })).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  })
})

describe('a router does not start when a procedure', () => {
  const foreign = initTRPC.context<RequestContext>().create()
  test.each([
    ['declares nothing', router({ a: { b: orgProcedure.query(() => 1) } }), /a\.b declares no authz/],
    ['is public without saying so', router({ b: publicProcedure.query(() => 1) }), /b declares no authz/],
    ['is public but names a permission', router({ b: publicProcedure.meta(may('documents', 'read')).query(() => 1) }), /b is public but/],
    ['is for an organization but open', router({ b: orgProcedure.meta(open).query(() => 1) }), /b is for an organization/],
    ['names a permission that does not exist', router({ b: orgProcedure.meta({ authz: { resource: 'documents', action: 'fly' } }).query(() => 1) }),
      /no known permission/],
    ['is for a person but names a permission', router({ b: userProcedure.meta(may('documents', 'read')).query(() => 1) }),
      /b is for people signed in/],
    ['is not built on the kernel', router({ b: foreign.procedure.query(() => 1) }), /b declares no authz/],
  ])('%s', (_why, made, message) => expect(() => assertAllAuthorized(made)).toThrow(message))

  test('and starts when all say who may call them', () => {
    const made = router({ a: publicProcedure.meta(open).query(() => 1), b: userProcedure.query(() => 1),
      c: { d: orgProcedure.meta(may('keys', 'manage')).query(() => 1) } })
    expect(() => assertAllAuthorized(made)).not.toThrow()
  })
})

describe('an error that leaves', () => {
  test('unknown ones become `internal`, without text or stack, and are logged once with the stack', async () => {
    const { ctx, lines } = context()
    const answer = await sent('broken', ctx)
    expect(answer.error).toMatchObject({ message: 'Something went wrong on our side.',
      data: { code: 'INTERNAL_SERVER_ERROR', httpStatus: 500, appCode: 'internal', requestId: 'r1', path: 'broken' } })
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|stack|\.ts/)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'error', code: 'internal', path: 'broken', requestId: 'r1',
      err: { message: expect.stringContaining('hunter2'), stack: expect.stringContaining('trpc.test.ts') } })
  })

  test('expected ones keep their code; their cause stays here, and the log has one line at info', async () => {
    const { ctx, lines } = context()
    const answer = await sent('gone', ctx)
    expect(answer.error).toMatchObject({ message: 'There is no such document.',
      data: { code: 'NOT_FOUND', httpStatus: 404, appCode: 'document.not_found' } })
    expect(JSON.stringify(answer)).not.toContain('org B')
    expect(lines).toEqual([expect.objectContaining({ level: 'info', code: 'document.not_found' })])
  })

  test('a full storage answers 507, which tRPC has no code for', async () => {
    expect(await sent('full', context().ctx)).toMatchObject({ status: 507,
      error: { data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 507, appCode: 'storage.full', details: { free: 0 } } } })
  })

  test.each(['away', 'restarted'])('a part that is %s is told from a fault', async (path) => {
    const answer = await sent(path, context().ctx)
    expect(answer.error).toMatchObject({ data: { httpStatus: 503, appCode: 'service.unavailable' } })
    expect(JSON.stringify(answer)).not.toContain('10.0.0.1')
  })

  test('bad input says where, and never repeats the value', async () => {
    const answer = await sent('open', context().ctx, { name: 'x', deep: { n: 'hunter2' }, hunter: 2 })
    expect(answer.error).toMatchObject({ data: { code: 'BAD_REQUEST', httpStatus: 400, appCode: 'input.invalid' } })
    const { issues } = answer.error.data.details as { issues: { path: string; message: string }[] }
    expect(issues.map((issue) => issue.path)).toEqual(['name', 'deep.n', ''])
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  test('an output that does not fit its contract is our fault and is not sent', async () => {
    const answer = await sent('wrongOutput', context().ctx)
    expect(answer.error).toMatchObject({ data: { httpStatus: 500, appCode: 'internal' } })
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  test('a procedure that does not exist is 404 with a code of its own', async () => {
    expect(await sent('nope', context().ctx)).toMatchObject({ status: 404,
      error: { data: { code: 'NOT_FOUND', httpStatus: 404, appCode: 'procedure.not_found' } } })
  })

  test('in the middle of a subscription takes the same form and is logged once', async () => {
    const { ctx, lines } = context()
    const seen: unknown[] = []
    const read = async () => { for await (const item of await caller(ctx).stream()) seen.push(item) }
    await expect(read()).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong on our side.' })
    expect(seen).toEqual([1])
    expect(lines).toHaveLength(1)
  })
})
