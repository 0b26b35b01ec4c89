import type { AddressInfo } from 'node:net';
import express from 'express';
import twilio from 'twilio';
import { atenderPeticiones } from './canal.ts';

export interface PeticionDesnudo {
  token: string;
}

/** La vara de medir: Express, el cuerpo y la firma de Twilio, sin guardar nada. Contesta su puerto. */
atenderPeticiones<PeticionDesnudo>(async ({ token }) => {
  const app = express();
  app.disable('x-powered-by');
  let base = '';
  const cuerpo = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 300 });
  app.post('/webhook', cuerpo, (req, res) => {
    const firma = req.get('x-twilio-signature') ?? '';
    const campos = req.body as Record<string, string>;
    if (!twilio.validateRequest(token, firma, base + req.originalUrl, campos)) {
      res.sendStatus(403);
      return;
    }
    res.status(200).type('text/xml').send('<?xml version="1.0" encoding="UTF-8"?><Response/>');
  });
  const puerto = await new Promise<number>((listo) => {
    const http = app.listen(0, '127.0.0.1', () => listo((http.address() as AddressInfo).port));
  });
  base = `http://127.0.0.1:${puerto}`;
  return puerto;
});
