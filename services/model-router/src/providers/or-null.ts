import { Type } from 'typebox'

/** A field that servers leave out, or send as null. */
export const orNull = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]))
