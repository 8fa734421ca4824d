import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'

/** What the database answered; a fault where it can't be asked. */
export const stored = async <T>(reading: Promise<T>) =>
  reading.then(
    (value) => ok(value),
    () => fail(modelsFaults.fault('unavailable', 'The database of the model router cannot be reached.')),
  )
