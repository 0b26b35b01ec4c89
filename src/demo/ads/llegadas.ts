import type { Dia } from '../../ads/periodos.ts';
import { c, ia, persona } from '../escribir.ts';
import type { ContactoDemo, MensajeDemo } from '../tipos.ts';
import { azarDe } from './azar.ts';
import type { RenglonDemo } from './dias.ts';
import type { AdsDemo, AnuncioDemo } from './tipos.ts';

// biome-ignore format: una lista
const APELLIDOS = [
  'Acuña', 'Bojórquez', 'Coronado', 'Dávila', 'Encinas', 'Figueroa', 'Gastélum', 'Herrera', 'Ibarra', 'Juvera', 'Leyva', 'Munguía',
  'Noriega', 'Ozuna', 'Peralta', 'Quijada', 'Romero', 'Siqueiros', 'Tapia', 'Urías', 'Velarde', 'Yescas', 'Zazueta',
];

/**
 * Las personas que llegaron por los anuncios en los últimos días: casi las mismas que Meta dice haber traído, porque
 * alguna toca el anuncio y no escribe.
 */
export function inventarLlegadas(ads: AdsDemo, renglones: readonly RenglonDemo[], hoy: Dia): ContactoDemo[] {
  const anuncios = new Map(
    ads.campanas.flatMap((k) => k.conjuntos.flatMap((s) => s.anuncios.map((a) => [a.id, a] as const))),
  );
  const llegadas: ContactoDemo[] = [];
  for (const r of renglones) {
    const hace = Math.round((Date.parse(hoy) - Date.parse(r.dia)) / 86_400_000);
    const a = anuncios.get(r.anuncio);
    if (!a?.llegada) continue;
    const azar = azarDe(`${r.anuncio} ${r.dia} ${r.plataforma} llegadas`);
    for (let i = 0; i < r.conversaciones; i++) {
      if (azar() < 0.15) continue;
      const n = llegadas.length;
      llegadas.push({
        nombre: `${ads.nombres[(n * 7) % ads.nombres.length]} ${APELLIDOS[(n * 5 + 3) % APELLIDOS.length]}`,
        telefono: `+52662${ads.lada}${String(1000 + n * 13).padStart(5, '0')}`,
        inicio: {
          dias: hace,
          hora: `${String(10 + Math.floor(azar() * 9)).padStart(2, '0')}:${String(Math.floor(azar() * 60)).padStart(2, '0')}`,
        },
        ...conversar(a, a.llegada, ads.atiende, azar),
      });
    }
  }
  return llegadas;
}

function conversar(
  a: AnuncioDemo,
  llegada: NonNullable<AnuncioDemo['llegada']>,
  atiende: string,
  azar: () => number,
): Pick<ContactoDemo, 'etiquetas' | 'mensajes'> {
  const una = (lista: string[]): string => lista[Math.floor(azar() * lista.length)] ?? '';
  const mensajes: MensajeDemo[] = [
    c(una(llegada.pregunta), {
      referido: {
        ReferralSourceType: 'ad',
        ReferralSourceId: a.id,
        ReferralSourceUrl: `https://fb.me/${a.id.slice(-9)}`,
        ReferralHeadline: a.titular,
        ReferralCtwaClid: `ARA${Math.floor(azar() * 1e12).toString(36)}`,
      },
    }),
    ia(llegada.respuesta, llegada.fuentes),
  ];
  const suerte = azar();
  const venta = suerte < 0.3;
  if (suerte < 0.75) mensajes.push(c(una(llegada.sigue), { pausa: 2 + Math.floor(azar() * 9) }));
  if (venta) mensajes.push(persona(atiende, '¡Listo! Te quedó apartado. Aquí te esperamos.', { pausa: 7 }));
  return {
    mensajes,
    etiquetas: [...(llegada.etiqueta ? [llegada.etiqueta] : []), ...(venta ? ['Venta'] : [])],
  };
}
