import type { Contexto } from '../../contexto.ts';
import { formatosDe } from '../formatos.ts';
import type { Cadencia, Dia } from '../periodos.ts';
import type { Preparado } from './consultas.ts';
import { FRASES } from './frases.ts';

/**
 * Dice al equipo, una vez por motivo, que un reporte no salió y por qué; los receptores no se enteran. Nunca lanza.
 * @param plazo hasta qué día se va a intentar solo; null si nadie lo va a intentar
 */
export async function avisarEquipo(
  ctx: Pick<Contexto, 'correo' | 'config' | 'registrarError'>,
  nombre_nora: string,
  r: Preparado,
  cadencia: Cadencia,
  plazo: Dia | null,
): Promise<void> {
  if (r.avisar.length === 0) return;
  const cuenta = r.cifras.cuenta.nombre;
  const f = formatosDe('es', r.cifras.cuenta.moneda);
  const periodo = f.periodo(r.cifras);
  const motivo = explicar(r);
  await ctx.registrarError(
    'Meta',
    `El ${FRASES.es.cadencia[cadencia].toLowerCase()} de ${cuenta} no salió: ${motivo}`,
    nombre_nora,
    'ads_reportes',
  );
  if (!ctx.correo) return;
  const despues = plazo
    ? `Se volverá a intentar solo hasta el ${f.dia(plazo)}; después habrá que hacerlo a mano. Míralo en`
    : 'Cuando esté arreglado, vuelve a hacerlo en';
  for (const persona of r.avisar)
    await ctx.correo.enviar({
      para: persona.correo,
      asunto: `El reporte de ${cuenta} no salió`,
      texto: `Hola, ${persona.nombre}:\n\nEl ${FRASES.es.cadencia[cadencia].toLowerCase()} de ${cuenta} (${periodo}) no se mandó a nadie: ${motivo}\n\n${despues} ${ctx.config.urlPublica}/panel_cliente/${nombre_nora}/ads/reportes`,
    });
}

/** Por qué no sale, con qué hacer. */
export function explicar(r: Pick<Preparado, 'motivo' | 'cifras'>): string {
  const f = formatosDe('es', r.cifras.cuenta.moneda);
  switch (r.motivo) {
    case 'token':
      return 'el permiso de Meta venció o se retiró. Reconecta la cuenta.';
    case 'faltan_dias':
      return `faltan días por traer de Meta (${r.cifras.faltan.map((d) => f.dia(d)).join(', ')}). Sincroniza la cuenta.`;
    case 'no_cuadra':
      return `la suma de los anuncios (${f.dinero(r.cifras.total.gasto)}) no coincide con el total de la cuenta en Meta (${f.dinero(r.cifras.gasto_cuenta)}). Sincroniza la cuenta.`;
    case 'dia_abierto':
      return 'en la zona de la cuenta el periodo aún no termina.';
    default:
      return 'la cuenta no está lista.';
  }
}
