import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Service = {
  image?: string
  build?: { context: string; target: string }
  command?: string[]
  entrypoint?: string[]
  container_name?: string
  user?: string
  restart?: string
  read_only?: boolean
  cap_drop?: string[]
  cap_add?: string[]
  security_opt?: string[]
  ports?: string[]
  networks?: string[]
  network_mode?: string
  volumes?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: unknown }
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string; pids?: number } } }
}
export type Compose = {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean }>
  volumes: Record<string, unknown>
}
/** What the file is compared with. */
export type Facts = {
  readonly root: string
  /** The file as it stands, for what the parser does not keep. */
  readonly text: string
  /** The variables of `.env.example`. */
  readonly documented: ReadonlySet<string>
  /** Whether the product reads a variable. */
  readonly isRead: (name: string) => boolean
  /** The programs of an image, by the name of its target. */
  readonly programs: Readonly<Record<string, readonly string[]>>
}
type Each = { readonly name: string; readonly service: Service; readonly compose: Compose; readonly facts: Facts }
/** True where a service breaks the rule. */
type Rule = (each: Each) => boolean

/** May be root, and why: it hands volumes to the users of other containers, has no network and ends at once. */
const ROOT = new Set(['volume-owners'])
/** May be reached from this machine. */
const PUBLISHED = new Set(['api', 'temporal-ui', 'mail'])
/** May reach out although nobody reaches it: it fetches the signatures of viruses. */
const REACHES_OUT = new Set(['freshclam'])
/** Read by the client of the object store itself. */
const OF_THE_STORE = new Set(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
/** Secrets that may be empty: keys that are being retired, an account that is made up then, those of a server that is not there by itself, and of servers that ask for none. */
const MAY_BE_EMPTY = new Set(['SECRET_KEY_OLD', 'ADMIN_PASSWORD', 'MEILI_KEY', 'MEILI_WRITER_KEY', 'MEILI_MASTER_KEY', 'EMBEDDING_KEY', 'EMBEDDING_OLD_KEY', 'ANSWERS_KEY'])

/** The server's own default. */
const POSTGRES_CONNECTIONS = 100
/** For migrations, backups and somebody who looks. */
const OWNER_CONNECTIONS = 10

const isJob = ({ name, service, compose }: Each): boolean => service.restart?.startsWith('on-failure:') === true
  && Object.values(compose.services).some(({ depends_on: needed = {} }) => needed[name]?.condition === 'service_completed_successfully')

const isOurs = ({ build }: Service): boolean => build !== undefined

const rules: Record<string, Rule> = {
  'health-check-or-job': (each) => each.service.healthcheck?.test === undefined && !isJob(each),
  'limits': ({ service }) => {
    const { cpus, memory, pids } = service.deploy?.resources?.limits ?? {}
    return cpus === undefined || memory === undefined || pids === undefined
  },
  'not-root': ({ name, service }) => !ROOT.has(name) && /^(0|root)?(:.*)?$/.test(service.user ?? ''),
  'read-only': ({ service }) => service.read_only !== true,
  'no-capabilities': ({ name, service }) => service.cap_drop?.includes('ALL') !== true || (service.cap_add !== undefined && !ROOT.has(name)),
  'no-new-privileges': ({ service }) => service.security_opt?.includes('no-new-privileges:true') !== true,
  'published-on-loopback': ({ name, service }) =>
    (service.ports ?? []).some((port) => !PUBLISHED.has(name) || !/^127\.0\.0\.1:\d+:\d+$/.test(port)),
  'internal-network': ({ name, service, compose }) => service.network_mode !== 'none' && service.ports === undefined && !REACHES_OUT.has(name)
    && (service.networks ?? ['default']).some((network) => compose.networks[network]?.internal !== true),
  'exact-image': ({ service }) => !isOurs(service) && !/^[^:@]+:v?\d+\.\d+\.\d+[a-z0-9.-]*$/.test(service.image ?? ''),
  'scalable': ({ name, service }) => service.container_name !== undefined || (name === 'worker' && service.ports !== undefined),
  'built-command': ({ service, facts }) => {
    const [program, file] = service.command ?? []
    return isOurs(service) && program === 'node' && !facts.programs[service.build?.target ?? '']?.includes(file?.replace(/\.js$/, '') ?? '')
  },
  'built-target': ({ service, facts }) => isOurs(service) && facts.programs[service.build?.target ?? ''] === undefined,
  'known-setting': ({ service, facts }) => isOurs(service)
    && Object.keys(service.environment ?? {}).some((variable) => !OF_THE_STORE.has(variable) && !facts.isRead(variable)),
  'mounted-file': ({ service, facts }) => (service.volumes ?? []).filter((volume) => volume.startsWith('./'))
    .some((volume) => !existsSync(join(facts.root, volume.split(':')[0] ?? '')) || !volume.endsWith(':ro')),
  'declared-volume': ({ service, compose }) => (service.volumes ?? []).filter((volume) => /^[a-z]/.test(volume))
    .some((volume) => !((volume.split(':')[0] ?? '') in compose.volumes)),
  'dependency-can-be-met': ({ service, compose, facts }) => Object.entries(service.depends_on ?? {}).some(([name, { condition }]) => {
    const other = compose.services[name]
    if (other === undefined) return true
    if (condition === 'service_healthy') return other.healthcheck?.test === undefined
    return condition !== 'service_completed_successfully' || !isJob({ name, service: other, compose, facts })
  }),
}

/** Every rule that the file breaks, as `rule: where`. */
export function composeProblems(compose: Compose, facts: Facts): string[] {
  const found = Object.entries(compose.services).flatMap(([name, service]) =>
    Object.entries(rules).filter(([, broken]) => broken({ name, service, compose, facts })).map(([rule]) => `${rule}: ${name}`))
  return [...found, ...variableProblems(facts), ...databaseProblems(compose), ...connectionProblems(compose, facts)]
}

function variableProblems({ text, documented }: Facts): string[] {
  const used = [...text.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)(:\?|:-[^}]*)?\}/g)].map(([, name = '', rest = '']) => ({ name, rest }))
  const isSecret = (name: string): boolean => /PASSWORD|_KEY/.test(name) && !MAY_BE_EMPTY.has(name)
  return [
    ...used.filter(({ name }) => !documented.has(name)).map(({ name }) => `documented-variable: ${name}`),
    ...used.filter(({ name, rest }) => isSecret(name) && rest !== ':?').map(({ name }) => `required-secret: ${name}`),
  ]
}

/** Temporal's tables and the product's never meet in one server: a restore of one must not touch the other. */
function databaseProblems({ services }: Compose): string[] {
  const ours = /@([a-z-]+):/.exec(services['api']?.environment?.['DATABASE_URL'] ?? '')?.[1]
  const temporals = services['temporal']?.environment?.['POSTGRES_SEEDS']
  return ours === undefined || temporals === undefined || ours === temporals ? ['own-database: temporal'] : []
}

/** What the product's login may hold, the server must have, with some left for its owner: else the login's limit promises what is refused. */
function connectionProblems({ services }: Compose, { root }: Facts): string[] {
  const roles = readFileSync(join(root, 'docker', 'postgres-roles.sh'), 'utf8')
  const [login, server] = [/connection limit (\d+)/.exec(roles)?.[1], /max_connections=(\d+)/.exec((services['postgres']?.command ?? []).join(' '))?.[1]]
  return login !== undefined && Number(server ?? POSTGRES_CONNECTIONS) >= Number(login) + OWNER_CONNECTIONS ? [] : ['enough-connections: postgres']
}
