import { counts, onOtherBytes, type Certificate, type CertifiedDecision, type CertifiedPerson, type CertifiedUnheard } from '../certificate.ts'
import { beside, gap, INNER, type Box, type Row, type Sheets, type Style } from './sheet.ts'
import { phrase, type Said } from './said.ts'
import { beganWith, bytes, ends, longDay, moment, ruleInWords, stageOutcomes, titles, verbs } from './words.ts'

const INK = '#16202c'
const GREY = '#5d6875'
const LINE = '#c3cad2'
const GREEN = '#1d6b42'
const RED = '#a12622'

const title: Style = { font: 'title', size: 21, color: INK, leading: 1.5 }
const plain: Style = { font: 'plain', size: 9, color: INK, leading: 1.5 }
const strong: Style = { ...plain, font: 'bold' }
const quiet: Style = { ...plain, size: 7.5, color: GREY, leading: 1.55 }
const heading: Style = { font: 'bold', size: 7.5, color: GREY, leading: 1.6 }
const code: Style = { font: 'mono', size: 7, color: INK, leading: 1.55 }
const small: Style = { font: 'mono', size: 6, color: INK, leading: 1.6 }

const WHOLE: Box = { x: 0, width: INNER }
const LABEL: Box = { x: 0, width: 96 }
const VALUE: Box = { x: 100, width: INNER - 100 }
const INSET = 12

const outcomeColor = (outcome: string): string => (outcome === 'approved' ? GREEN : outcome === 'rejected' ? RED : GREY)
/** Whoever's account was gone when the certificate was issued is told by the id. */
const called = ({ id, name }: CertifiedPerson): string => name ?? `Account ${id}, deleted since`

/** All that the pages show, in the order in which they show it. Yields blocks that are to stay together. */
export function* blocksOf(it: Certificate, sheets: Sheets): Generator<Row[]> {
  const text = sheets.text.bind(sheets)
  const pair = (label: string, value: Said, style: Style = plain): Row[] => beside(text(label, { ...quiet, leading: 1.8 }, LABEL), text(value, style, VALUE))
  const section = (name: string): Row[] => [gap(15), ...text(name.toUpperCase(), heading, WHOLE), gap(2), sheets.rule(LINE), gap(5)]

  yield [
    ...beside(text(it.org.name, { ...strong, size: 8 }, { x: 0, width: INNER - 150 }), text('IntelliDocs', { ...quiet, size: 8 }, { x: INNER - 140, width: 140, align: 'right' })),
    gap(3), sheets.rule(INK, 1.2), gap(26),
    ...text(titles[it.run.outcome], { ...title, color: outcomeColor(it.run.outcome) }, WHOLE), gap(6),
    ...text(phrase`“${it.document.name}” ${verbs[it.run.outcome]} in “${it.flow.name}” on ${longDay(it.run.endedAt)}.`, { ...plain, size: 10.5 }, WHOLE),
  ]
  yield [
    ...section('Document'), ...pair('Name', it.document.name, strong), ...pair('Version', `${it.document.version}, ${bytes(it.document.size)}`),
    ...pair('SHA-256', it.document.sha256, code), ...pair('Id', it.document.id, code),
  ]
  yield [
    ...section('Flow'), ...pair('Name', phrase`${it.flow.name}, version ${String(it.flow.version)}`, strong), ...pair('SHA-256 of it', it.flow.specSha256, code), ...pair('Run', it.run.id, code),
    ...pair(beganWith[it.run.began], who(it.run.requester)),
    ...it.run.note === null ? [] : pair('Note', it.run.note),
    ...pair('Began', moment(it.run.startedAt)), ...pair('Ended', moment(it.run.endedAt)), ...it.run.reason === null ? [] : pair('Reason', it.run.reason),
    ...it.run.withdrawnBy === null ? [] : pair('Withdrawn by', who(it.run.withdrawnBy)),
  ]
  yield* decisionsOf(it, sheets, section('Decisions'))
  yield* auditOf(it, sheets, section('Audit'))
  yield [
    ...section('Proof'), ...pair('Issued', moment(it.issuedAt)), ...pair('Key', it.keyId, code), ...pair('Public key', it.publicKey, code),
    ...pair('Ed25519 signature', it.signature, code), gap(6),
    ...text('The certificate itself is the attached file certificate.json; these pages show it and are signed with it. Whoever has the file and the public key can check both without the installation:',
      quiet, WHOLE),
    ...text('intellidocs certificate verify FILE --key PUBLIC-KEY [--document FILE] [--export AUDIT]', { ...code, color: GREY }, WHOLE),
    ...text('What stands as ⟨U+…⟩ is a character that the font of these pages cannot show; the attached file has it.', quiet, WHOLE),
  ]
}

const who = (person: CertifiedPerson): Said => (person.email === null ? called(person) : phrase`${called(person)} (${person.email})`)

function* decisionsOf(it: Certificate, sheets: Sheets, head: Row[]): Generator<Row[]> {
  let before = head
  for (const stage of it.stages) {
    const said = stage.round === 1 ? stage.name : phrase`${stage.name}, round ${String(stage.round)}`
    before.push(
      ...beside(sheets.text(said, strong, { x: 0, width: INNER * 0.6 }), sheets.text(stageOutcomes[stage.outcome], { ...strong, color: outcomeColor(stage.outcome) }, { x: INNER * 0.6, width: INNER * 0.4, align: 'right' })),
      ...sheets.text(stage.outcome === 'skipped' ? moment(stage.openedAt) : `${ruleInWords(stage.rule)}; ${moment(stage.openedAt)} to ${moment(stage.closedAt)}`, quiet, WHOLE), gap(4),
    )
    for (const decision of it.decisions.filter((each) => each.stage === stage.key && each.round === stage.round)) {
      yield [...before, ...decisionRows(it, decision, sheets), gap(7)]
      before = []
    }
    for (const one of it.unheard.filter((each) => each.stage === stage.key && each.round === stage.round)) {
      yield [...before, ...sheets.text(unheardLine(one), quiet, { x: INSET, width: INNER - INSET }), gap(3)]
      before = []
    }
    if (before.length > 0) yield [...before, gap(3)]
    before = []
  }
  if (it.stages.length === 0) yield [...head, ...sheets.text('Nobody was asked.', plain, WHOLE)]
}

const unheardLine = ({ person, onBehalfOf, end, at }: CertifiedUnheard): Said =>
  (onBehalfOf === null ? phrase`${called(person)} ${ends[end]}; ${moment(at)}.` : phrase`${called(person)}, in the place of ${called(onBehalfOf)}, ${ends[end]}; ${moment(at)}.`)

function decisionRows(it: Certificate, decision: CertifiedDecision, sheets: Sheets): Row[] {
  const { person, onBehalfOf, handedOnBy, verdict, at, version, contentSha256, secondFactor, via, comment } = decision
  const color = verdict === 'approve' ? GREEN : RED
  const box: Box = { x: INSET, width: INNER - INSET }
  const how = [moment(at), via === 'session' ? 'signed in' : 'with an API key', secondFactor ? 'second factor used' : 'no second factor', `version ${version}`]
  const remark = remarkOn(it, decision)
  return sheets.barred([
    ...beside(sheets.text(called(person), strong, { x: INSET, width: INNER - INSET - 110 }),
      sheets.text(verdict === 'approve' ? 'Approved' : 'Rejected', { ...strong, color }, { x: INNER - 100, width: 100, align: 'right' })),
    ...person.email === null ? [] : sheets.text(person.email, quiet, box),
    ...onBehalfOf === null ? [] : sheets.text(phrase`in the place of ${called(onBehalfOf)} (${onBehalfOf.email ?? onBehalfOf.id})`, quiet, box),
    ...handedOnBy === null ? [] : sheets.text(phrase`handed on by ${called(handedOnBy)} (${handedOnBy.email ?? handedOnBy.id})`, quiet, box),
    ...sheets.text(how.join('  ·  '), quiet, box),
    ...sheets.text(contentSha256, { ...code, color: GREY }, box),
    ...comment === null ? [] : sheets.text(phrase`“${comment}”`, plain, box),
    ...remark === null ? [] : sheets.text(remark, { ...quiet, color: RED }, box),
  ], color)
}

function remarkOn(it: Certificate, decision: CertifiedDecision): string | null {
  const other = onOtherBytes(it, decision)
  if (other?.keeps === true) return 'Made on an earlier version; the flow lets decisions of this stage stand.'
  if (other !== null) return 'Made on other bytes than the document’s.'
  const decided = it.run.outcome === 'approved' || it.run.outcome === 'rejected'
  return decided && !counts(it, decision) ? 'The outcome does not rest on it: the stage was asked anew.' : null
}

function* auditOf(it: Certificate, sheets: Sheets, head: Row[]): Generator<Row[]> {
  const { rows, head: sealed } = it.audit
  yield [
    ...head,
    ...sheets.text(`What the organization’s audit says about the run, by number, with the hash of each row. Sealed up to row ${sealed.seq} under the head below on ${moment(sealed.at)}, key ${sealed.keyId}.`, quiet, WHOLE),
    ...sheets.text(sealed.hash, { ...small, color: GREY }, WHOLE), gap(4),
  ]
  for (const { seq, at, action, hash } of rows) {
    yield beside(
      beside(sheets.text(String(seq), small, { x: 0, width: 34, align: 'right' }), sheets.text(moment(at).slice(0, 19), small, { x: 42, width: 76 })),
      beside(sheets.text(action, small, { x: 118, width: 122 }), sheets.text(hash, small, { x: 240, width: INNER - 240 })),
    )
  }
}

export const footer = (it: Certificate, sheets: Sheets) => (number: number, count: number): Row[] => [
  sheets.rule(LINE), gap(4),
  ...beside(sheets.text(`Run ${it.run.id}, issued ${moment(it.issuedAt)}`, quiet, { x: 0, width: INNER - 90 }), sheets.text(`${number} of ${count}`, quiet, { x: INNER - 80, width: 80, align: 'right' })),
]
