/** Owns what a request may say about a lead. Unknown fields are refused; a customer's own ones go under `custom`. */
import Type, { type Static } from 'typebox';
import { compileBody } from '../http/body-schema.js';

const nullable = <T>(type: string, rules: Record<string, unknown> = {}) =>
  Type.Unsafe<T | null>({ type: [type, 'null'], ...rules });
const strict = { additionalProperties: false };

const text = () => nullable<string>('string', { maxLength: 500 });

const companyFields = {
  domain: Type.Optional(text()),
  employees: Type.Optional(nullable<number>('integer', { minimum: 0 })),
  industry: Type.Optional(text()),
  country: Type.Optional(nullable<string>('string', { pattern: '^[A-Z]{2}$' })),
};
const companyName = Type.String({ minLength: 1, maxLength: 500 });

const optionalLeadFields = {
  title: Type.Optional(text()),
  phone: Type.Optional(text()),
  source: Type.Optional(text()),
  owner: Type.Optional(text()),
  status: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  score: Type.Optional(nullable<number>('number')),
  visits_30d: Type.Optional(Type.Integer({ minimum: 0 })),
  enrichment: Type.Optional(nullable<Record<string, unknown>>('object')),
  custom: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
};

export const emailField = Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$', maxLength: 320 });
const nameField = Type.String({ minLength: 1, maxLength: 500 });

const NewLead = Type.Object(
  {
    name: nameField,
    email: emailField,
    company: Type.Optional(Type.Object({ name: companyName, ...companyFields }, strict)),
    ...optionalLeadFields,
  },
  strict,
);

/** `company` and `custom` merge key by key, everything else is replaced. */
const LeadPatch = Type.Object(
  {
    name: Type.Optional(nameField),
    email: Type.Optional(emailField),
    company: Type.Optional(Type.Object({ name: Type.Optional(companyName), ...companyFields }, strict)),
    ...optionalLeadFields,
  },
  { ...strict, minProperties: 1 },
);

export type NewLead = Static<typeof NewLead>;
export type LeadPatch = Static<typeof LeadPatch>;

export const parseNewLead = compileBody<NewLead>(NewLead);
export const parseLeadPatch = compileBody<LeadPatch>(LeadPatch);
