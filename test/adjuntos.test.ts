import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { leerConfig } from '../src/config.ts';
import { crearAdjuntos, ErrorAdjunto } from '../src/datos/adjuntos.ts';
import { mandarFlujo } from '../src/web/mandar_flujo.ts';
import { hasta } from './apoyo/web.ts';

const carpeta = mkdtempSync(join(tmpdir(), 'nora-adjuntos-'));
after(() => rmSync(carpeta, { recursive: true, force: true }));
// En disco el almacen no usa el cliente de la base.
const almacen = crearAdjuntos(leerConfig({ DATOS_DIR: carpeta }), undefined as never);
const conCodigo = (codigo: string) => (e: unknown) => e instanceof ErrorAdjunto && e.codigo === codigo;

describe('almacén de adjuntos en disco', () => {
  test('guarda un flujo, dice tamaño y huella, y lo devuelve igual', async () => {
    const datos = Buffer.from('una imagen cualquiera '.repeat(10_000));
    const id = randomUUID();
    const g = await almacen.guardar(Readable.from([datos.subarray(0, 99), datos.subarray(99)]), {
      nombre_nora: 'aura',
      id,
      tipo: 'image/jpeg; charset=x',
    });
    assert.equal(g.ruta, `aura/${id.slice(0, 2)}/${id}.jpg`);
    assert.equal(g.bytes, datos.length);
    assert.equal(g.sha256, createHash('sha256').update(datos).digest('hex'));
    assert.deepEqual(await buffer(await almacen.leer(g.ruta)), datos);
    await almacen.borrar(g.ruta);
    await almacen.borrar(g.ruta);
    await assert.rejects(almacen.leer(g.ruta), conCodigo('no_existe'));
  });

  test('quien se va antes de recibir el archivo, o a la mitad, no lo deja abierto', async () => {
    const g = await almacen.guardar(Buffer.alloc(8_000_000, 'x'), {
      nombre_nora: 'aura',
      id: randomUUID(),
      tipo: 'image/jpeg',
    });
    let idos = 0;
    const pedida = Promise.withResolvers<void>();
    const flujos: Readable[] = [];
    const atender = async (ruta: string | undefined, res: ServerResponse): Promise<void> => {
      if (ruta === '/antes') {
        const cerrada = new Promise((seguir) => res.once('close', seguir));
        pedida.resolve();
        await cerrada;
      }
      const flujo = await almacen.leer(g.ruta);
      flujos.push(flujo);
      await mandarFlujo(flujo, res as never);
      idos++;
    };
    const servidor = createServer((req, res) => void atender(req.url, res));
    await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
    const { port } = servidor.address() as AddressInfo;
    for (const ruta of ['/antes', '/mitad']) {
      const peticion = get({ port, path: ruta }, (res) => res.once('data', () => peticion.destroy()));
      peticion.on('error', () => {});
      // Antes de que llegue no habría a quién dejarle el archivo abierto.
      if (ruta === '/antes') void pedida.promise.then(() => peticion.destroy());
      await hasta(() => idos === (ruta === '/antes' ? 1 : 2));
    }
    await hasta(() => flujos.every((f) => f.closed));
    servidor.close();
    assert.equal(flujos.length, 2);
    // Con un FileHandle, olvidar cerrarlo tumbaba el proceso entero al recogerlo.
    assert.ok(flujos.every((f) => !('fd' in f) || typeof f.fd !== 'object' || f.fd === null));
  });

  test('lo que pasa del tope no deja ni un pedazo', async () => {
    const guardar = almacen.guardar(Buffer.alloc(2000), {
      nombre_nora: 'tope',
      id: randomUUID(),
      tipo: 'x/y',
      maximo: 1000,
    });
    await assert.rejects(guardar, conCodigo('muy_grande'));
    const restos = readdirSync(join(carpeta, 'adjuntos', 'tope'), { recursive: true, withFileTypes: true });
    assert.deepEqual(
      restos.filter((r) => r.isFile()),
      [],
    );
  });

  test('ninguna ruta sale de la carpeta', async () => {
    const id = randomUUID();
    for (const ruta of [
      '../secretos.json',
      'aura/../../secretos.json',
      '/etc/passwd',
      'aura/aa/x',
      '',
      `aura/aa/${id}/../x`,
    ])
      await assert.rejects(almacen.leer(ruta), conCodigo('ruta_invalida'));
    for (const nombre_nora of ['..', '../otra', 'a/b', '', 'A'])
      await assert.rejects(
        almacen.guardar(Buffer.from('x'), { nombre_nora, id, tipo: 'x/y' }),
        conCodigo('ruta_invalida'),
      );
    await assert.rejects(
      almacen.guardar(Buffer.from('x'), { nombre_nora: 'aura', id: '../../../x', tipo: 'x/y' }),
      conCodigo('ruta_invalida'),
    );
  });
});
