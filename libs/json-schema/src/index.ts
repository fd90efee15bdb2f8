/** JSON Schemas (2020-12) of users: compiled once, safe to run on values of strangers. Where a schema comes from is its caller's. */
export { compileUserSchema, type JsonSchema, type SchemaCompilation, type ValueCheck } from './compile-user-schema.js';
export { describeErrors } from './describe-errors.js';
export { compilePayloadCheck, type PayloadCheck, type PayloadProblem } from './payload-check.js';
