import type { Decoded } from '@flows/contracts';
import { getMetadataStorage, ValidateIf } from 'class-validator';

type Decoder = (value: unknown) => Decoded<unknown>;
type DtoClass = new () => object;

const decoders = new WeakMap<object, Map<string, Decoder>>();

/** Checks a property of free JSON with a decoder of libs/contracts (or one like it): every problem keeps its own pointer below the property. */
export function DecodedBy(decoder: Decoder): PropertyDecorator {
  return (prototype, property) => {
    const own = decoders.get(prototype) ?? new Map<string, Decoder>();
    own.set(String(property), decoder);
    decoders.set(prototype, own);
  };
}

/** May be absent. Unlike class-validator's `IsOptional`, null is not absent: it is checked like any value. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** May be absent, and null says "none". */
export function Nullable(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined && value !== null, { context: { nullable: true } });
}

export interface DtoShape {
  /** Every property that a request may set. */
  readonly properties: ReadonlySet<string>;
  /** Those without `@Optional()` or `@Nullable()`. */
  readonly required: ReadonlySet<string>;
  readonly nullable: ReadonlySet<string>;
  /** Some property has rules of class-validator. */
  readonly validated: boolean;
  readonly decoders: ReadonlyMap<string, Decoder>;
}

const shapes = new WeakMap<DtoClass, DtoShape>();

/** What a DTO class takes, read once from its decorators. Null for a class without any: then it is no DTO. */
export function dtoShape(dto: DtoClass): DtoShape | null {
  const known = shapes.get(dto);
  if (known !== undefined) return known;
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const own = new Map<string, Decoder>();
  for (
    let prototype = dto.prototype as object | null;
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    for (const [property, decoder] of decoders.get(prototype) ?? []) own.set(property, decoder);
  }
  const properties = new Set([...metadata.map((item) => item.propertyName), ...own.keys()]);
  if (properties.size === 0) return null;
  const conditional = metadata.filter((item) => item.type === 'conditionalValidation');
  const optional = new Set(conditional.map((item) => item.propertyName));
  const shape = {
    properties,
    required: new Set([...properties].filter((property) => !optional.has(property))),
    nullable: new Set(
      conditional
        .filter((item) => (item.context as { nullable?: boolean } | undefined)?.nullable === true)
        .map((item) => item.propertyName),
    ),
    validated: metadata.length > 0,
    decoders: own,
  };
  shapes.set(dto, shape);
  return shape;
}
