import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the running process answers, left in the data directory for the `ask` command. */
const fileIn = (dataDir: string) => join(dataDir, 'address')

export const announceAddress = (dataDir: string, url: string) => writeFileSync(fileIn(dataDir), url)
export const withdrawAddress = (dataDir: string) => rmSync(fileIn(dataDir), { force: true })

/** The address of the running process, or undefined when there is none. */
export const findAddress = (dataDir: string) =>
  existsSync(fileIn(dataDir)) ? readFileSync(fileIn(dataDir), 'utf8').trim() : undefined
