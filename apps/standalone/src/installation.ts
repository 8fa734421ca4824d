import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** The secrets of one installation: made at its first start, kept in a file that only its owner may read, never printed. */
export type Installation = {
  readonly issuerKey: JWK
  readonly passageIdKey: string
  readonly revisionTokenKey: string
  /** Signs the checkpoints of the decision log. */
  readonly auditSigningKey: string
}

/** Opens the installation under `dataDir`, or makes one. Secrets that a later version has added are made. */
export async function openInstallation(dataDir: string): Promise<Installation> {
  const path = join(dataDir, 'installation.json')
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Installation>) : {}
  const made = await newInstallation()
  const installation = { ...made, ...kept }
  if (Object.keys(made).every((name) => name in kept)) return installation
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // Renamed into place, so that a start that is cut off leaves no half-written keys behind.
  writeFileSync(`${path}.new`, JSON.stringify(installation, null, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return installation
}

export async function newInstallation(): Promise<Installation> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  return {
    issuerKey: await exportJWK(privateKey),
    passageIdKey: randomBytes(32).toString('base64'),
    revisionTokenKey: randomBytes(32).toString('base64'),
    auditSigningKey: generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'der', type: 'pkcs8' })
      .toString('base64'),
  }
}
