/** Any JSON value (RFC 8259). What expressions see, what messages carry, what rows keep. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };
