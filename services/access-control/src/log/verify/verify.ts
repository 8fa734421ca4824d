import { isCheckpointOf, type SignedCheckpoint } from '../checkpoint.ts'
import { keyIdOf } from '../keys.ts'
import { genesisHash, type LogRow } from '../row.ts'
import { type FoundRotation, type KeyAt, keysInForce } from './keys-in-force.ts'
import { readLine, rotationOf } from './read-line.ts'

export type VerifyOptions = {
  /** The lines of the export. Called twice: keys have to be known before what they signed. */
  lines: () => AsyncIterable<string> | Iterable<string>
  /** The public key that the verifier trusts, SPKI DER in base64. */
  publicKey: string
  /** What the sink kept of this workspace, in its order. */
  checkpoints?: readonly SignedCheckpoint[]
  /** The workspace that the export has to be of. */
  workspace?: string | undefined
  /** The first row that the export has to have. */
  from?: number
}
export type Verified = {
  /** What is wrong, in words that name the row. Empty: the log is what was written. */
  findings: string[]
  /** What whoever reads the result should know. */
  notices: string[]
  rows: number
  checkpoints: number
}

/** Recomputes every hash and signature of an export. Needs nothing but the export, the key and, to find a cut-off end, the checkpoints of the sink. */
export async function verifyLog(options: VerifyOptions): Promise<Verified> {
  const { lines, publicKey, checkpoints = [], from = 1 } = options
  const { rotations, workspace } = await look(lines())
  const findings: string[] = []
  const { keyAt, problems } = keysInForce(publicKey, rotations)
  for (const { sequence } of problems)
    findings.push(`Row ${sequence}: a rotation of the key that is not signed by both the key in force and the new one`)
  if (options.workspace !== undefined && workspace !== undefined && workspace !== options.workspace)
    findings.push(`The export is of workspace ${workspace}, not ${options.workspace}`)
  const own = options.workspace ?? workspace
  const judge = createJudge({ keyAt, findings, workspace: own, from })
  const kept = checkpoints.filter((checkpoint) => checkpoint.workspace === own)
  judge.expect(kept)
  let number = 0
  for await (const line of lines()) {
    number++
    if (line !== '') judge.line(line, number)
  }
  return judge.conclude()
}

/** A first look: the rotations, and whose log it is. */
async function look(lines: AsyncIterable<string> | Iterable<string>) {
  const rotations: FoundRotation[] = []
  let workspace: string | undefined
  for await (const text of lines) {
    if (workspace !== undefined && !text.includes('"key-rotation"')) continue
    const line = readLine(text)
    if (line.kind === 'unreadable') continue
    workspace ??= line.kind === 'row' ? line.row.workspace : line.checkpoint.workspace
    const rotation = line.kind === 'row' ? rotationOf(line.row) : undefined
    if (line.kind === 'row' && line.row.kind === 'key-rotation') {
      const none = { workspace: '', at: '', oldKey: '', newKey: '', oldSignature: '', newSignature: '' }
      rotations.push({ sequence: line.row.sequence, rotation: rotation ?? none })
    }
  }
  return { rotations, workspace }
}

type Expected = { checkpoint: SignedCheckpoint; replaced: boolean }
type Seen = { sequence: number; hash: string }

function createJudge(deps: { keyAt: KeyAt; findings: string[]; workspace: string | undefined; from: number }) {
  const { keyAt, findings, workspace, from } = deps
  const notices: string[] = []
  const expected = new Map<number, Expected[]>()
  let last: Seen = { sequence: from - 1, hash: genesisHash }
  let covered = 0
  let rows = 0
  const signatures = new Set<string>()

  const signature = (checkpoint: SignedCheckpoint, where: string): boolean => {
    const key = keyAt(checkpoint.sequence)
    if (key !== undefined && checkpoint.workspace === workspace && isCheckpointOf(checkpoint, key)) return true
    const why = key === undefined || checkpoint.keyId === keyIdOf(key) ? '' : `; it names key ${checkpoint.keyId}`
    findings.push(
      `${where} of row ${checkpoint.sequence} is not signed by ${key === undefined ? 'any key' : `the key in force, ${keyIdOf(key)}`}${why}`,
    )
    return false
  }
  const stands = ({ hash, sequence }: SignedCheckpoint, where: string): boolean => {
    if (sequence === last.sequence && hash === last.hash) return true
    if (sequence > last.sequence)
      findings.push(
        `${where} covers rows up to ${sequence}, but the rows before it end at ${last.sequence}: rows are missing`,
      )
    else if (sequence < last.sequence)
      findings.push(`${where} of row ${sequence} stands after row ${last.sequence}: lines were reordered or removed`)
    else findings.push(`Row ${sequence} has another hash than ${where} states: the log was made anew up to there`)
    return false
  }
  const count = (checkpoint: SignedCheckpoint) => {
    signatures.add(checkpoint.signature)
    covered = Math.max(covered, checkpoint.sequence)
  }

  const row = (found: LogRow, statedHash: string, hash: string, intact: boolean) => {
    const { sequence, previousHash } = found
    if (hash !== statedHash) findings.push(`Row ${sequence} was edited: its content does not give its hash`)
    else if (!intact) findings.push(`Row ${sequence} was edited: its line says something else than the row in it`)
    if (found.workspace !== workspace) findings.push(`Row ${sequence} is of another workspace, ${found.workspace}`)
    if (sequence <= last.sequence)
      findings.push(`Row ${sequence} stands after row ${last.sequence}: rows were reordered or repeated`)
    else if (sequence > last.sequence + 1) findings.push(`Rows ${last.sequence + 1} to ${sequence - 1} are missing`)
    else if (previousHash !== last.hash && (rows > 0 || from === 1))
      findings.push(
        `Row ${sequence} does not follow row ${last.sequence}: one of them was edited, or the log made anew`,
      )
    rows++
    last = { sequence, hash }
    for (const { checkpoint, replaced } of expected.get(sequence) ?? []) {
      if (checkpoint.hash === hash) count(checkpoint)
      else if (!replaced) stands(checkpoint, 'the checkpoint that was kept outside')
    }
  }

  return {
    /** The sink's checkpoints have to agree with the rows; those of a history that an admin gave up need not. */
    expect(kept: readonly SignedCheckpoint[]) {
      const restored = kept.findLastIndex(
        (checkpoint) => checkpoint.replaces && signature(checkpoint, 'The checkpoint that was kept outside'),
      )
      for (const [index, checkpoint] of kept.entries()) {
        if (index !== restored && !signature(checkpoint, 'The checkpoint that was kept outside')) continue
        const replaced = index < restored
        expected.set(checkpoint.sequence, [...(expected.get(checkpoint.sequence) ?? []), { checkpoint, replaced }])
      }
      const { replaces, sequence } = kept[restored] ?? {}
      if (replaces)
        notices.push(
          `A backup was restored: rows up to ${replaces.sequence} were vouched for before, and an admin confirmed at row ${sequence} that some of them are lost`,
        )
    },
    line(text: string, number: number) {
      const line = readLine(text)
      switch (line.kind) {
        case 'row':
          row(line.row, line.statedHash, line.hash, line.intact)
          break
        case 'checkpoint':
          if (!line.intact)
            findings.push(`Line ${number}: the checkpoint of row ${line.checkpoint.sequence} was edited`)
          else if (signature(line.checkpoint, 'The checkpoint') && stands(line.checkpoint, 'the checkpoint'))
            count(line.checkpoint)
          break
        case 'unreadable':
          findings.push(`Line ${number}, after row ${last.sequence}, is neither a row nor a checkpoint`)
      }
    },
    conclude(): Verified {
      const missing = [...expected.values()]
        .flat()
        .filter(({ checkpoint, replaced }) => !replaced && checkpoint.sequence > last.sequence)
        .reduce((most, { checkpoint }) => Math.max(most, checkpoint.sequence), 0)
      if (missing > 0)
        findings.push(
          `The export ends at row ${last.sequence}, but a checkpoint covers rows up to ${missing}: the end was cut off`,
        )
      if (rows === 0) findings.push('The export has no rows')
      else if (signatures.size === 0) findings.push('No checkpoint covers these rows: nobody vouches for them')
      else if (last.sequence > covered)
        notices.push(`${last.sequence - covered} rows after the last checkpoint (row ${covered}) are not yet covered`)
      if (from > 1) notices.push(`Rows before ${from} were not looked at`)
      return { findings, notices, rows, checkpoints: signatures.size }
    },
  }
}
