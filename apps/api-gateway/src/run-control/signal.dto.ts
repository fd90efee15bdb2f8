import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import type { JsonValue } from '@flows/contracts';
import { Optional } from '../http/dto-shape.js';
import { IsAnyJson } from '../http/validators.js';

export class SignalBody {
  @ApiProperty({ example: 'invoice.paid', description: 'The type that a wait of the run is for' })
  @Matches(/^[^\s*]{1,200}$/, { message: 'type must be an event type of at most 200 characters, without spaces and wildcards' })
  type: string;

  @ApiPropertyOptional({ description: 'Any JSON; `{}` when absent. What `event.data` is in the match of a wait' })
  @Optional()
  @IsAnyJson()
  data?: JsonValue;
}

export class SignalView {
  @ApiProperty({ example: 'evt_01h455vb4pex5vsknk084sn02q' })
  event_id: string;
}
