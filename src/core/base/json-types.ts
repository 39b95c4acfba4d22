// JSON as data. Objects come from `parseJson`, which refuses duplicate names and never builds a prototype.

export type JsonValue = string | number | boolean | null | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

/** A resource as parsed JSON: an object whose `resourceType` was checked to be a string. */
export interface ResourceJson extends JsonObject {
  readonly resourceType: string;
  readonly id?: string;
}
