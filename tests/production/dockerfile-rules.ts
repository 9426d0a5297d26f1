import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'

export type ImageFacts = {
  readonly root: string
  /** `.dockerignore`. */
  readonly ignore: string
  /** The version of Node that the project is developed with. */
  readonly node: string
  /** The programs of each artefact. */
  readonly programs: Readonly<Record<string, readonly string[]>>
}
type Stage = { readonly name: string; readonly base: string; readonly instructions: readonly Instruction[] }

/** What belongs into the stage that builds, and nowhere else. */
const BUILD_TOOLS = /\b(build-essential|gcc|g\+\+|make|python3?|git|curl|wget|npm ci)\b/

const isKeyword = (keyword: string) => (each: Instruction): boolean => each.getKeyword() === keyword
const argumentsOf = (each: Instruction): string[] => each.getArguments().map((argument) => argument.getValue())
const textOf = (each: Instruction): string => argumentsOf(each).join(' ')

function stagesOf(text: string): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const [base = '', , name = ''] = argumentsOf(instruction)
    if (isKeyword('FROM')(instruction)) stages.push({ name, base, instructions: [] })
    else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

/** A stage's instructions behind those of the stages it stands on. */
function inherited(stage: Stage, stages: readonly Stage[]): Instruction[] {
  const base = stages.find(({ name }) => name === stage.base)
  return [...(base === undefined ? [] : inherited(base, stages)), ...stage.instructions]
}

/** Every rule that the file breaks, as `rule: where`. Targets are the stages that are named like artefacts. */
export function dockerfileProblems(text: string, facts: ImageFacts): string[] {
  const stages = stagesOf(text)
  const bases = stages.map(({ base }) => base).filter((base) => !stages.some(({ name }) => name === base))
  const targets = stages.filter(({ name }) => name in facts.programs)
  const missing = ['api', 'worker'].filter((name) => !targets.some((target) => target.name === name)).map((name) => `target: ${name}`)
  return [
    ...validate(text).map((each) => `lint: ${JSON.stringify(each.message)}`),
    ...missing,
    ...bases.filter((base) => !base.startsWith(`node:${facts.node}-`)).map((base) => `exact-base: ${base}`),
    ...stages.flatMap((stage) => copyProblems(stage, facts)),
    ...targets.flatMap((target) => targetProblems(target.name, inherited(target, stages), facts)),
  ]
}

function copyProblems({ instructions }: Stage, { root, ignore, programs }: ImageFacts): string[] {
  const sent = ignore.split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  return instructions.filter(isKeyword('COPY')).flatMap((copy) => {
    const sources = argumentsOf(copy).slice(0, -1)
    if (/--from=build\b/.test(copy.getTextContent())) {
      return sources.filter((source) => !(source.replace('/src/dist/', '') in programs)).map((source) => `copied-artefact: ${source}`)
    }
    return sources.filter((source) => !existsSync(join(root, source)) || !sent.includes(source)).map((source) => `copied-source: ${source}`)
  })
}

function targetProblems(name: string, instructions: readonly Instruction[], { programs }: ImageFacts): string[] {
  const last = (keyword: string): string => textOf(instructions.findLast(isKeyword(keyword)) ?? instructions[0] as Instruction)
  const has = (keyword: string): boolean => instructions.some(isKeyword(keyword))
  const runs = instructions.filter(isKeyword('RUN')).map(textOf)
  const command = /node.*?([a-z]+)\.js/.exec(last('CMD'))?.[1] ?? ''
  const broken = {
    'not-root': !has('USER') || /^(root|0)\b/.test(last('USER')),
    'process-one': !last('ENTRYPOINT').includes('tini'),
    'health-check': !has('HEALTHCHECK'),
    'production': !instructions.filter(isKeyword('ENV')).some((env) => textOf(env).includes('NODE_ENV=production')),
    'built-command': !has('CMD') || programs[name]?.includes(command) !== true,
    'no-build-tools': runs.some((run) => BUILD_TOOLS.test(run.replace(/rm -rf .*/, ''))),
    'no-package-lists': runs.some((run) => run.includes('apt-get install') && !run.includes('/var/lib/apt/lists')),
  }
  return Object.entries(broken).filter(([, is]) => is).map(([rule]) => `${rule}: ${name}`)
}
