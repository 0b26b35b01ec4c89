import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as FlujoWeb } from 'node:stream/web';
import type { Config } from '../config.ts';
import type { ClienteBd } from './clientes.ts';

/** Donde viven los archivos de las conversaciones; las filas de `adjuntos` guardan la `ruta`. */
export interface AlmacenAdjuntos {
  /** @throws ErrorAdjunto `muy_grande` si pasa de `maximo` bytes (16 MB si no se dice). */
  guardar(contenido: Buffer | Readable, datos: DatosAdjunto): Promise<AdjuntoGuardado>;
  /** @throws ErrorAdjunto `no_existe` */
  leer(ruta: string): Promise<Readable>;
  /** Borrar lo que no existe no es un error. */
  borrar(ruta: string): Promise<void>;
  /** Borra todo lo que quede de una nora, lo nombre una fila o no. Sólo al borrarla. */
  vaciar(nombre_nora: string): Promise<void>;
}

export interface DatosAdjunto {
  nombre_nora: string;
  /** uuid de la fila de `adjuntos`. */
  id: string;
  /** Tipo MIME; solo decide la extension. */
  tipo: string;
  maximo?: number;
}

export interface AdjuntoGuardado {
  ruta: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export class ErrorAdjunto extends Error {
  override name = 'ErrorAdjunto';
  readonly codigo: 'muy_grande' | 'no_existe' | 'ruta_invalida' | 'almacen';

  constructor(codigo: ErrorAdjunto['codigo'], mensaje: string) {
    super(mensaje);
    this.codigo = codigo;
  }
}

/** Disco bajo `DATOS_DIR/adjuntos`, o el bucket `adjuntos` cuando la base es Supabase. */
export function crearAdjuntos(config: Config, servicio: ClienteBd): AlmacenAdjuntos {
  return config.base.modo === 'supabase' ? enSupabase(servicio) : enDisco(join(config.datosDir, 'adjuntos'));
}

const MAXIMO = 16 * 1024 * 1024;
const RUTA =
  /^[a-z0-9][a-z0-9_-]{1,39}\/[0-9a-f]{2}\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[a-z0-9]{2,5})?$/;

const EXTENSIONES: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'audio/ogg': '.ogg',
  'audio/mpeg': '.mp3',
  'audio/mp4': '.m4a',
  'audio/aac': '.aac',
  'audio/amr': '.amr',
  'video/mp4': '.mp4',
  'video/3gpp': '.3gp',
  'application/pdf': '.pdf',
  'text/plain': '.txt',
  'text/csv': '.csv',
  'text/vcard': '.vcf',
  'text/x-vcard': '.vcf',
};

function rutaDe({ nombre_nora, id, tipo }: DatosAdjunto): string {
  const limpio = tipo.split(';')[0]?.trim().toLowerCase() ?? '';
  return exigirRuta(`${nombre_nora}/${id.slice(0, 2)}/${id}${EXTENSIONES[limpio] ?? ''}`);
}

/** La lista cerrada de formas hace imposible salir de la carpeta o de la nora. */
function exigirRuta(ruta: string): string {
  if (!RUTA.test(ruta)) throw new ErrorAdjunto('ruta_invalida', 'Ruta de adjunto inválida');
  return ruta;
}

function exigirCarpeta(nombre_nora: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{1,39}$/.test(nombre_nora))
    throw new ErrorAdjunto('ruta_invalida', 'Carpeta de adjuntos inválida');
  return nombre_nora;
}

function enDisco(raiz: string): AlmacenAdjuntos {
  return {
    async guardar(contenido, datos) {
      const ruta = rutaDe(datos);
      const destino = join(raiz, ruta);
      await mkdir(dirname(destino), { recursive: true, mode: 0o700 });
      // Con otro nombre hasta estar completo: quien lee nunca ve medio archivo.
      const temporal = `${destino}.${randomUUID()}`;
      try {
        const medida = medir(datos.maximo ?? MAXIMO);
        await pipeline(flujoDe(contenido), medida.pasar, createWriteStream(temporal, { mode: 0o600 }));
        await rename(temporal, destino);
        return { ruta, ...medida.resultado() };
      } catch (e) {
        await rm(temporal, { force: true });
        throw e;
      }
    },
    async leer(ruta) {
      try {
        // Abierto por el propio flujo: un FileHandle que alguien olvide cerrar tumba el proceso cuando se recoge.
        const flujo = createReadStream(join(raiz, exigirRuta(ruta)));
        await once(flujo, 'open');
        return flujo;
      } catch (e) {
        if ((e as NodeJS.ErrnoException).code === 'ENOENT') throw noExiste();
        throw e;
      }
    },
    async borrar(ruta) {
      await rm(join(raiz, exigirRuta(ruta)), { force: true });
    },
    async vaciar(nombre_nora) {
      await rm(join(raiz, exigirCarpeta(nombre_nora)), { recursive: true, force: true });
    },
  };
}

function enSupabase(servicio: ClienteBd): AlmacenAdjuntos {
  const cubeta = () => servicio.storage.from('adjuntos');
  return {
    async guardar(contenido, datos) {
      const ruta = rutaDe(datos);
      const medida = medir(datos.maximo ?? MAXIMO);
      const trozos: Buffer[] = [];
      // Se junta en memoria: son 16 MB a lo mas y la API pide el tamaño por adelantado.
      await pipeline(flujoDe(contenido), medida.pasar, async (flujo: AsyncIterable<Buffer>) => {
        for await (const t of flujo) trozos.push(t);
      });
      const subir = () =>
        cubeta().upload(ruta, Buffer.concat(trozos), { contentType: datos.tipo, upsert: true });
      let { error } = await subir();
      if (error && /bucket not found/i.test(error.message)) {
        await servicio.storage.createBucket('adjuntos', { public: false });
        ({ error } = await subir());
      }
      if (error) throw new ErrorAdjunto('almacen', `No se pudo guardar el adjunto: ${error.message}`);
      return { ruta, ...medida.resultado() };
    },
    async leer(ruta) {
      const { data, error } = await cubeta().download(exigirRuta(ruta)).asStream();
      if (!error && data) return Readable.fromWeb(data as unknown as FlujoWeb);
      const estado = Number((error as { status?: unknown } | null)?.status);
      throw estado === 400 || estado === 404
        ? noExiste()
        : new ErrorAdjunto('almacen', `No se pudo leer el adjunto: ${error?.message ?? 'sin respuesta'}`);
    },
    async borrar(ruta) {
      const { error } = await cubeta().remove([exigirRuta(ruta)]);
      if (error) throw new ErrorAdjunto('almacen', `No se pudo borrar el adjunto: ${error.message}`);
    },
    async vaciar(nombre_nora) {
      const listar = async (carpeta: string): Promise<string[]> => {
        const { data, error } = await cubeta().list(carpeta, { limit: 1000 });
        if (error) throw new ErrorAdjunto('almacen', `No se pudo listar ${carpeta}: ${error.message}`);
        return data.map((x) => `${carpeta}/${x.name}`);
      };
      // Dos niveles: la nora y los dos primeros signos del id. Una carpeta deja de existir al vaciarse.
      for (const carpeta of await listar(exigirCarpeta(nombre_nora))) {
        for (let rutas = await listar(carpeta); rutas.length > 0; rutas = await listar(carpeta)) {
          const { data, error } = await cubeta().remove(rutas);
          if (error) throw new ErrorAdjunto('almacen', `No se pudo borrar ${carpeta}: ${error.message}`);
          if (data.length === 0) break;
        }
      }
    },
  };
}

function flujoDe(contenido: Buffer | Readable): Readable {
  return Buffer.isBuffer(contenido) ? Readable.from([contenido]) : contenido;
}

function medir(maximo: number) {
  const huella = createHash('sha256');
  let bytes = 0;
  return {
    async *pasar(flujo: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
      for await (const trozo of flujo) {
        const b = Buffer.from(trozo as Buffer);
        bytes += b.length;
        if (bytes > maximo) throw new ErrorAdjunto('muy_grande', `El archivo pasa de ${maximo} bytes`);
        huella.update(b);
        yield b;
      }
    },
    resultado: () => ({ bytes, sha256: huella.digest('hex') }),
  };
}

function noExiste(): ErrorAdjunto {
  return new ErrorAdjunto('no_existe', 'El adjunto ya no existe');
}
