import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** The secrets of one installation: made at its first start, kept in a file that only its owner may read, never printed. */
export type Installation = {
  readonly issuerKey: JWK
  readonly passageIdKey: string
  readonly revisionTokenKey: string
}

/** Opens the installation under `dataDir`, or makes one. */
export async function openInstallation(dataDir: string): Promise<Installation> {
  const path = join(dataDir, 'installation.json')
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Installation
  const installation = await newInstallation()
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
  }
}
