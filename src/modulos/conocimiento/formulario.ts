import type { Request, Response } from 'express';
import { ErrorApp } from '../../errores.ts';
import { dibujar, entornoDe, type Pruebas } from './comun.ts';
import * as consultas from './consultas.ts';
import { presentarAbierto, presentarGemelo } from './presentar.ts';

export const VACIO = {
  titulo: '',
  contenido: '',
  etiquetas: '',
  prioridad: '0',
  activo: true,
  version: '',
  pregunta: '',
};

export function valoresDe(b: consultas.BloqueAbierto) {
  return {
    ...VACIO,
    titulo: b.titulo,
    contenido: b.contenido,
    etiquetas: b.etiquetas.join(', '),
    prioridad: String(b.prioridad),
    activo: b.activo,
    version: String(b.version),
  };
}

interface Formulario {
  pruebas: Pruebas;
  valores: typeof VACIO;
  bloque?: consultas.BloqueAbierto | null;
  pregunta?: { pregunta: string; sugerida: string | null } | null;
  campos?: Record<string, string>;
  gemelo?: consultas.Gemelo | undefined;
  actual?: consultas.BloqueAbierto | undefined;
  estado?: number;
}

export function dibujarFormulario(req: Request, res: Response, f: Formulario): void {
  const e = entornoDe(req);
  const bloque = f.bloque ? presentarAbierto(f.bloque, e) : null;
  dibujar(
    req,
    res,
    'editar',
    {
      titulo: bloque ? bloque.nombre : 'Nuevo bloque',
      base: e.base,
      bloque,
      valores: f.valores,
      campos: f.campos ?? {},
      pregunta: f.pregunta ?? null,
      gemelo: f.gemelo ? presentarGemelo(f.gemelo, e) : null,
      actual: f.actual ?? null,
      pruebas: f.pruebas,
    },
    f.estado,
  );
}

/** @throws ErrorApp si guardar ese bloque se toparía con otro igual, uno parecido o un cambio ajeno */
export async function mirarEstorbos(
  req: Request,
  bloque: consultas.BloqueAbierto | null,
  datos: { contenido: string; version?: number | undefined; aunque: boolean },
): Promise<void> {
  const ultima = bloque?.versiones[0];
  if (bloque && ultima && datos.version && datos.version !== bloque.version)
    throw estorbo({ r: 'cambiado', actual: { ...ultima, version: bloque.version } });
  if (bloque?.contenido === datos.contenido) return;
  const gemelo = await consultas.buscarGemelo(req.nora.bd, datos.contenido, bloque?.id);
  if (gemelo?.exacto) throw estorbo({ r: 'duplicado', gemelo });
  if (gemelo && !datos.aunque) throw estorbo({ r: 'parecido', gemelo });
}

/** Por qué no se guardó, con lo que hay que mirar para decidir. */
export function estorbo(hecho: Exclude<consultas.Guardado, { r: 'guardado' }>): ErrorApp {
  if (hecho.r === 'cambiado')
    return new ErrorApp(409, 'cambiado', 'Alguien más guardó este bloque mientras lo editabas.', {
      actual: hecho.actual,
    });
  const exacto = hecho.r === 'duplicado';
  const mensaje = exacto ? 'Ya hay un bloque que dice lo mismo.' : 'Hay un bloque que dice casi lo mismo.';
  return new ErrorApp(exacto ? 422 : 409, hecho.r, mensaje, {
    gemelo: hecho.gemelo,
    campos: exacto ? { contenido: mensaje } : {},
  });
}
