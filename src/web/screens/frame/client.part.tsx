// The whole client over a device: words, controls, addresses, frame. What the page itself (`main.tsx`) and the harness of the tests open.
//
// The address stands behind a `#`: it never is in a request, so that no server and no proxy learns whose chart is open, and one cached page
// opens every address without a network.
import { useState, type ReactElement, type ReactNode } from 'react';
import { createHashRouter, RouterProvider, type RouteObject } from 'react-router';
import type { Device } from '../../device/device.ts';
import { PartsProvider } from '../../parts/parts-provider.part.tsx';
import { ChartFrame } from '../chart/chart-frame.part.tsx';
import { FailedRoute, NotFound } from './failure.part.tsx';
import type { Screen } from './screen.ts';
import { DeviceContext } from './use-device.ts';
import { WardFrame } from './ward-frame.part.tsx';

export interface ClientProps {
  readonly device: Device;
  readonly screens: readonly Screen[];
  /** Stands in the place of everything while the session is not open. */
  readonly door: ReactNode;
  /** Stands beside the screens while the session is open: what watches over them. */
  readonly beside?: ReactNode;
}

export function Client({ device, screens, door, beside }: ClientProps): ReactElement {
  // Addresses are read once: a page has one set of screens from its beginning to its end.
  const [router] = useState(() => createHashRouter(routesOf(screens, door, beside)));
  return (
    <PartsProvider>
      <DeviceContext value={device}>
        <RouterProvider router={router} />
      </DeviceContext>
    </PartsProvider>
  );
}

const CHART = 'patient/:patient';

/** Screens of a patient stand in the chart's frame, all others in the ward's alone. */
function routesOf(screens: readonly Screen[], door: ReactNode, beside: ReactNode): RouteObject[] {
  const isOfChart = (s: Screen): boolean => s.path === CHART || s.path.startsWith(`${CHART}/`);
  const route = (path: string, s: Screen): RouteObject => ({
    path,
    Component: s.component,
    errorElement: <FailedRoute />,
  });
  return [
    {
      path: '/',
      element: <WardFrame screens={screens} door={door} beside={beside} />,
      errorElement: <FailedRoute />,
      children: [
        ...screens.filter((s) => !isOfChart(s)).map((s) => route(s.path, s)),
        {
          path: CHART,
          element: <ChartFrame screens={screens} />,
          errorElement: <FailedRoute />,
          children: screens.filter(isOfChart).map((s) => route(s.path.slice(CHART.length + 1), s)),
        },
        { path: '*', element: <NotFound /> },
      ],
    },
  ];
}
