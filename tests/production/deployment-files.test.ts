import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { artefacts } from '../../scripts/build/artefacts.ts'
import { composeProblems, type Compose, type Facts, type Service } from './compose-rules.ts'
import { dockerfileProblems, type ImageFacts } from './dockerfile-rules.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const json = (path: string): object => JSON.parse(read(path)) as object

const programs = Object.fromEntries(artefacts.map(({ name, programs: own }) => [name, Object.keys(own)]))
const kernel = 'packages/kernel/src'
const configuration = readdirSync(join(root, kernel)).filter((name) => /^config[^.]*\.ts$/.test(name)).map((name) => read(join(kernel, name))).join('')
const text = read('docker-compose.yml')
const facts: Facts = {
  root, text, programs, documented: new Set(read('.env.example').split('\n').flatMap((line) => /^([A-Z0-9_]+)=/.exec(line)?.[1] ?? [])),
  isRead: (name) => configuration.includes(`'${name}'`),
}
const compose = (): Compose => parse(text, { merge: true }) as Compose

describe('the compose file', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(json('tests/production/fixtures/compose-spec.schema.json'))

  test('is one by the Compose Specification', () => {
    expect([validate(compose()), validate.errors]).toEqual([true, null])
    expect(validate({ services: { api: { image: 'x', heathcheck: {} } } })).toBe(false)
  })

  test('keeps every rule', () => {
    expect(Object.keys(compose().services).length).toBeGreaterThan(10)
    expect(composeProblems(compose(), facts)).toEqual([])
  })

  type Change = (services: Record<string, Service>) => void
  const of = (services: Record<string, Service>, name: string): Service => services[name] ?? {}
  test.each<[string, Change]>([
    ['health-check-or-job: worker', (all) => { delete of(all, 'worker').healthcheck }],
    ['health-check-or-job: migrate', (all) => { of(all, 'migrate').restart = 'unless-stopped' }],
    ['limits: s3', (all) => { of(all, 's3').deploy = { resources: { limits: { cpus: '1', memory: '1G' } } } }],
    ['not-root: postgres', (all) => { delete of(all, 'postgres').user }],
    ['not-root: api', (all) => { of(all, 'api').user = '0:0' }],
    ['read-only: temporal', (all) => { of(all, 'temporal').read_only = false }],
    ['no-capabilities: api', (all) => { delete of(all, 'api').cap_drop }],
    ['no-capabilities: worker', (all) => { of(all, 'worker').cap_add = ['SYS_ADMIN'] }],
    ['no-new-privileges: s3', (all) => { delete of(all, 's3').security_opt }],
    ['published-on-loopback: api', (all) => { of(all, 'api').ports = ['3000:3000'] }],
    ['published-on-loopback: postgres', (all) => { of(all, 'postgres').ports = ['127.0.0.1:5432:5432'] }],
    ['internal-network: worker', (all) => { of(all, 'worker').networks = ['edge'] }],
    ['internal-network: clamd', (all) => { of(all, 'clamd').networks = ['data', 'edge'] }],
    ['internal-network: s3', (all) => { delete of(all, 's3').networks }],
    ['exact-image: temporal', (all) => { of(all, 'temporal').image = 'temporalio/server:latest' }],
    ['exact-image: postgres', (all) => { of(all, 'postgres').image = 'pgvector/pgvector:pg17' }],
    ['scalable: worker', (all) => { of(all, 'worker').container_name = 'worker' }],
    ['built-command: migrate', (all) => { of(all, 'migrate').command = ['node', 'packages/db/src/commands/migrate.ts'] }],
    ['built-target: api', (all) => { of(all, 'api').build = { context: '.', target: 'server' } }],
    ['known-setting: api', (all) => { of(all, 'api').environment = { ...of(all, 'api').environment, LOG_LEVELS: 'info' } }],
    ['mounted-file: temporal', (all) => { of(all, 'temporal').volumes = ['./docker/gone.yaml:/etc/gone.yaml:ro'] }],
    ['declared-volume: s3', (all) => { of(all, 's3').volumes = ['bytes:/blobs'] }],
    ['dependency-can-be-met: api', (all) => { of(all, 'api').depends_on = { migrate: { condition: 'service_healthy' } } }],
    ['enough-connections: postgres', (all) => { delete of(all, 'postgres').command }],
    ['own-database: temporal', (all) => { of(all, 'temporal').environment = { POSTGRES_SEEDS: 'postgres' } }],
  ])('a file that breaks a rule is told: %s', (problem, change) => {
    const changed = compose()
    change(changed.services)
    expect(composeProblems(changed, facts)).toContain(problem)
  })

  test.each([
    ['documented-variable: SECRET_KY', '${SECRET_KY:?}'],
    ['required-secret: SECRET_KEY', '${SECRET_KEY:-}'],
    ['required-secret: APP_PASSWORD', '${APP_PASSWORD}'],
  ])('a variable that breaks a rule is told: %s', (problem, more) => {
    expect(composeProblems(compose(), { ...facts, text: `${text}\n# ${more}` })).toContain(problem)
  })

  test('its scripts are read by sh', () => {
    const scripts = readdirSync(join(root, 'docker')).filter((name) => name.endsWith('.sh'))
    expect(scripts.length).toBeGreaterThan(2)
    expect(scripts.map((name) => spawnSync('sh', ['-n', join(root, 'docker', name)], { encoding: 'utf8' }).stderr)).toEqual(scripts.map(() => ''))
  })
})

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile')
  const { dependencies } = json('package.json') as { dependencies: { node: string } }
  const image: ImageFacts = { root, ignore: read('.dockerignore'), node: dependencies.node, programs }

  test('keeps every rule', () => {
    expect(dockerfileProblems(dockerfile, image)).toEqual([])
  })

  test.each([
    ['lint: ', 'WORKDIR /app', 'WORKDIRR /app'],
    ['target: worker', 'AS worker', 'AS reader'],
    ['exact-base: node:latest', /node:\S+/, 'node:latest'],
    ['exact-base: node:24-slim', /node:\S+/, 'node:24-slim'],
    ['copied-source: sources', 'COPY apps apps', 'COPY sources apps'],
    ['copied-source: docs', 'COPY apps apps', 'COPY docs docs'],
    ['copied-artefact: /src/dist/server', '/src/dist/api', '/src/dist/server'],
    ['not-root: api', 'USER node', 'USER root'],
    ['process-one: api', 'ENTRYPOINT ["tini", "--"]', 'ENTRYPOINT []'],
    ['health-check: api', 'HEALTHCHECK', '# HEALTHCHECK'],
    ['production: worker', 'NODE_ENV=production ', ''],
    ['built-command: api', '"main.js"]', '"server.js"]'],
    ['no-build-tools: worker', 'tesseract-ocr ', 'tesseract-ocr make '],
    ['no-package-lists: api', '&& rm -rf /var/lib/apt/lists/*', '&& rm -rf'],
  ])('a file that breaks a rule is told: %s', (problem, from, to) => {
    const changed = dockerfile.replace(from, to)
    expect(changed).not.toBe(dockerfile)
    expect(dockerfileProblems(changed, image)).toContainEqual(expect.stringMatching(new RegExp(`^${problem}`)))
  })
})
